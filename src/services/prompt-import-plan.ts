import { canonicalJson } from "../domain/canonical-json.ts";
import { AppError } from "../domain/errors.ts";
import type { ImportChoices, ImportedPrompt, ImportedVersion } from "../domain/exchanged.ts";
import type { Include } from "../domain/include.ts";
import type { TenantStore } from "../domain/ports/storage.ts";
import type { Prompt, Version } from "../domain/prompt.ts";
import type { PromptBody } from "../domain/prompt-body.ts";
import { bodyChange } from "./given-body.ts";
import { pauses } from "./long-work.ts";
import { requireVersion } from "./lookup.ts";
import { titleFrom, titleSource } from "./prompt-naming.ts";
import { bodyFields, derivedFrom } from "./prompt-records.ts";

/** A version as it will be stored. */
export interface PlannedVersion {
  readonly number: number;
  readonly title: string;
  readonly description: string;
  readonly body: ReturnType<typeof bodyFields>;
  readonly includes: readonly Include[];
  readonly change_note: string;
}

/** What a version says, after what the one before it said. Throws what is wrong with it. */
type ReadBody = (before: PromptBody | undefined) => Pick<PlannedVersion, "body" | "includes">;

/** The bodies of versions, by the version. */
export type ReadBodies = ReadonlyMap<ImportedVersion, ReadBody>;

/** What an import does with one prompt, decided when all about it was read. */
export interface ImportPlan {
  readonly existing: Prompt | undefined;
  readonly isSkipped: boolean;
  /** Oldest first. */
  readonly add: readonly PlannedVersion[];
  /** Those that the prompt has then. */
  readonly tags: readonly string[];
  readonly isRetagged: boolean;
  /** Labels that do not point there yet. */
  readonly moves: readonly (readonly [label: string, version: number])[];
  /** The latest version then. */
  readonly version: number;
  readonly notes: readonly string[];
}

/**
 * Reads what versions say: before a transaction begins, since the schemas and templates of many of them take minutes, for
 * which nobody else could write. What is wrong with one is thrown where it is needed.
 */
export async function readBodies(versions: ImportedPrompt["versions"]): Promise<ReadBodies> {
  const bodies = new Map<ImportedVersion, ReadBody>();
  const pause = pauses();
  for (const version of versions) {
    await pause();
    bodies.set(version, bodyOf(version));
  }
  return bodies;
}

/** Throws `conflict` and `precondition_failed` where the prompt is not to be touched, and for a content that cannot be one. */
export async function planImport(
  store: TenantStore,
  { name, versions }: ImportedPrompt,
  bodies: ReadBodies,
  { onExisting, expectedVersion }: ImportChoices,
): Promise<ImportPlan> {
  const existing = await store.prompts.find({ name });
  checkExpected(existing, expectedVersion);
  if (existing === undefined) return planNew(versions, bodies);
  if (onExisting === "skip") return skipped(existing);
  if (onExisting === "fail") {
    throw new AppError(
      "conflict",
      `A prompt ${name} exists already. Update it or skip it, or give another folder.`,
    );
  }
  if (existing.archivedAt !== undefined) {
    throw new AppError(
      "conflict",
      `The prompt ${name} is archived. Restore it first with restore_prompt, then import it again.`,
    );
  }
  return planUpdate(store, existing, versions, bodies);
}

async function planNew(versions: ImportedPrompt["versions"], bodies: ReadBodies): Promise<ImportPlan> {
  const add = await complete(versions, bodies, undefined, (version, index) => version.version ?? index + 1);
  const last = add.at(-1)?.number ?? 0;
  return {
    existing: undefined,
    isSkipped: false,
    add,
    tags: versions.at(-1)?.tags ?? [],
    isRetagged: false,
    moves: labelsOf(versions, (version) => version.version),
    version: last,
    notes: [],
  };
}

async function planUpdate(
  store: TenantStore,
  existing: Prompt,
  versions: ImportedPrompt["versions"],
  bodies: ReadBodies,
): Promise<ImportPlan> {
  const latest = await requireVersion(store, existing.id, existing.latestVersion);
  const tags = versions.at(-1)?.tags ?? existing.tags;
  const base = {
    existing,
    isSkipped: false,
    tags,
    isRetagged: JSON.stringify(tags) !== JSON.stringify(existing.tags),
  };
  const further = await furtherVersions(store, existing, versions);
  if (further !== undefined) {
    const add = await complete(further, bodies, latest, (version) => version.version ?? 0);
    return {
      ...base,
      add,
      moves: newMoves(
        existing,
        labelsOf(versions, (version) => version.version),
      ),
      version: add.at(-1)?.number ?? latest.number,
      notes: [],
    };
  }
  const newest = versions.at(-1) ?? versions[0];
  const isThere = isSame(latest, newest);
  const number = isThere ? latest.number : latest.number + 1;
  const hasOlderLabels = versions.slice(0, -1).some(({ labels = [] }) => labels.length > 0);
  return {
    ...base,
    add: isThere ? [] : await complete([newest], bodies, latest, () => number),
    moves: newMoves(
      existing,
      labelsOf([newest], () => number),
    ),
    version: number,
    notes: [
      ...(versions.length > 1 && !isThere
        ? [`Its versions are not those that are here: only the newest was added, as version ${number}.`]
        : []),
      ...(hasOlderLabels
        ? ["Labels of its older versions were left out, since these are not the ones here."]
        : []),
    ],
  };
}

/** Versions that are read at a time, 256 KiB each at most: one by one, thousands of them would keep a connection for long. */
const COMPARED_AT_ONCE = 50;

/**
 * The versions that come after those that are here, where the ones before are the same: then they keep their numbers.
 * `undefined` where it is another history, or one that leaves a gap.
 */
async function furtherVersions(
  store: TenantStore,
  { id, latestVersion }: Prompt,
  versions: ImportedPrompt["versions"],
): Promise<ImportedVersion[] | undefined> {
  const [{ version: first }] = versions;
  if (first === undefined || first > latestVersion + 1) return undefined;
  const further: ImportedVersion[] = [];
  const pause = pauses();
  for (let start = 0; start < versions.length; start += COMPARED_AT_ONCE) {
    const some = versions.slice(start, start + COMPARED_AT_ONCE);
    const known = some.filter(({ version = 0 }) => version <= latestVersion);
    const found = await store.versions.findMany(
      known.map(({ version = 0 }) => ({ promptId: id, number: version })),
    );
    const here = new Map(found.map((version) => [version.number, version]));
    for (const version of known) {
      await pause();
      const same = here.get(version.version ?? 0);
      if (same === undefined || !isSame(same, version)) return undefined;
    }
    further.push(...some.filter((version) => !known.includes(version)));
  }
  // The version that is latest here has to be among them, unless theirs begin right after it.
  const meets = first === latestVersion + 1 || versions.some(({ version }) => version === latestVersion);
  return meets || further.length === 0 ? further : undefined;
}

/** Whether a version says all that the other says; what that leaves out is the library's own. */
function isSame(here: Version, { title, description, ...body }: ImportedVersion): boolean {
  const { messages, input_schema, config } = body;
  return (
    here.content === body.content &&
    canonicalJson(here.messages ?? null) === canonicalJson(messages ?? null) &&
    (title === undefined || here.title === title) &&
    (description === undefined || here.description === description) &&
    (input_schema === undefined || canonicalJson(here.inputSchema ?? null) === canonicalJson(input_schema)) &&
    (config === undefined || canonicalJson(here.config) === canonicalJson(config))
  );
}

/** What a version leaves out, it has from the one before. */
async function complete(
  versions: readonly ImportedVersion[],
  bodies: ReadBodies,
  latest: Version | undefined,
  numberOf: (version: ImportedVersion, index: number) => number,
): Promise<PlannedVersion[]> {
  const planned: PlannedVersion[] = [];
  const pause = pauses();
  let before: (Pick<PlannedVersion, "title" | "description"> & { body: PromptBody }) | undefined = latest && {
    title: latest.title,
    description: latest.description,
    body: latest,
  };
  for (const [index, version] of versions.entries()) {
    await pause();
    const { change_note = "" } = version;
    const { body, includes } = (bodies.get(version) ?? bodyOf(version))(before?.body);
    const title = version.title ?? before?.title ?? titleFrom(titleSource(body));
    const description = version.description ?? before?.description ?? "";
    before = { title, description, body };
    planned.push({ number: numberOf(version, index), title, description, body, includes, change_note });
  }
  return planned;
}

function bodyOf({ content, messages, input_schema: inputSchema, config }: ImportedVersion): ReadBody {
  try {
    const change = bodyChange({
      ...(messages === undefined ? { content } : { messages }),
      inputSchema,
      config,
    });
    const derived = derivedFrom(change(NOTHING));
    return (before = NOTHING) => ({ body: bodyFields(change(before), derived), includes: derived.includes });
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

const NOTHING: PromptBody = { content: "", config: {} };

function labelsOf(
  versions: readonly ImportedVersion[],
  numberOf: (version: ImportedVersion) => number | undefined,
): [label: string, version: number][] {
  const labels = new Map<string, number>();
  for (const version of versions) {
    const number = numberOf(version);
    for (const label of version.labels ?? []) if (number !== undefined) labels.set(label, number);
  }
  return [...labels];
}

function newMoves({ labels }: Prompt, moves: readonly (readonly [label: string, version: number])[]) {
  return moves.filter(([label, version]) => !Object.hasOwn(labels, label) || labels[label] !== version);
}

function skipped(existing: Prompt): ImportPlan {
  const { tags, latestVersion: version } = existing;
  return { existing, isSkipped: true, add: [], tags, isRetagged: false, moves: [], version, notes: [] };
}

function checkExpected(existing: Prompt | undefined, expected: number | undefined): void {
  const version = existing?.latestVersion ?? 0;
  if (expected === undefined || expected === version) return;
  throw new AppError(
    "precondition_failed",
    version === 0
      ? "There is no such prompt by now. Compare again, then repeat the import."
      : `The prompt is at version ${version} by now, not ${expected}. Compare again, then repeat the import.`,
    { latest_version: version, expected_version: expected },
  );
}
