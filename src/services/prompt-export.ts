import type { ExportedVersion } from "../domain/exchanged.ts";
import type { Caller } from "../domain/identity.ts";
import { LATEST } from "../domain/names.ts";
import type { PromptFilter } from "../domain/ports/prompt-filter.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import { type Prompt, type Version, versionAt, versionView } from "../domain/prompt.ts";
import { requirePrompt } from "./lookup.ts";
import type { Page } from "./page.ts";
import { pageBudget } from "./page-budget.ts";

export interface PromptExport {
  /** One prompt alone, archived or not. */
  readonly name?: string | undefined;
  /** Names that begin so. */
  readonly prefix?: string | undefined;
  readonly tag?: string | undefined;
  /** Only prompts that have it, at the version that it points to. */
  readonly label?: string | undefined;
  /** Every version, not the latest or labelled one alone. */
  readonly allVersions: boolean;
  /** Versions a page. */
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Where an export goes on: after a prompt, or within one before a version. */
interface Position {
  readonly name: string;
  readonly id: string;
  /** 0: after the prompt. */
  readonly before: number;
}

const PROMPTS_AT_ONCE = 100;
const VERSIONS_AT_ONCE = 8;

export type PromptExportService = ReturnType<typeof createPromptExportService>;

/** Versions of prompts with all that belongs to them, page by page: by name, and the newest of each first. */
export function createPromptExportService({
  storage,
  cursors,
}: {
  readonly storage: Storage;
  readonly cursors: Cursors;
}) {
  return {
    /** Throws `not_found` for a `name` that is not there. */
    page(caller: Caller, { cursor, limit, ...query }: PromptExport): Promise<Page<ExportedVersion>> {
      const scope = { tenantId: caller.tenantId, query: { operation: "export_prompts", ...query } };
      const from = cursor === undefined ? undefined : positionOf(cursors.open(scope, cursor));
      return storage.tenant(caller.tenantId).read(async (store) => {
        const items: ExportedVersion[] = [];
        const budget = pageBudget();
        let last = from;
        for await (const { prompt, version, isWhole } of walk(store, query, from)) {
          if (items.length === limit || !budget.takes(version.content)) {
            const next = last && cursors.seal(scope, { key: `${last.before}:${last.name}`, id: last.id });
            return { items, next_cursor: next ?? null };
          }
          items.push(exported(prompt, version, query.allVersions));
          last = { name: prompt.name, id: prompt.id, before: isWhole ? 0 : version.number };
        }
        return { items, next_cursor: null };
      });
    },
  };
}

interface Step {
  readonly prompt: Prompt;
  readonly version: Version;
  /** Whether no other version of the prompt follows. */
  readonly isWhole: boolean;
}

/** Reads some at a time, and no more than is asked for. */
async function* walk(
  store: TenantStore,
  query: Omit<PromptExport, "cursor" | "limit">,
  from: Position | undefined,
): AsyncGenerator<Step> {
  const of = (prompts: readonly Prompt[]) =>
    query.allVersions ? everyVersion(store, prompts, from) : oneVersion(store, prompts, query.label);
  if (query.name !== undefined) {
    if (from !== undefined && from.before === 0) return;
    return yield* of([await requirePrompt(store, query.name)]);
  }
  if (from !== undefined && from.before > 0) {
    yield* of(await store.prompts.findMany([from.id]));
  }
  const filter: PromptFilter = {
    namePrefix: query.prefix,
    tag: query.tag,
    // Every prompt has a latest version.
    label: query.label === LATEST ? undefined : query.label,
  };
  let after = from && { key: from.name, id: from.id };
  for (;;) {
    const rows = await store.prompts.list({
      filter,
      sort: "name",
      descending: false,
      limit: PROMPTS_AT_ONCE,
      after,
    });
    yield* of(rows);
    const last = rows.at(-1);
    if (rows.length < PROMPTS_AT_ONCE || last === undefined) return;
    after = { key: last.name, id: last.id };
  }
}

async function* oneVersion(
  store: TenantStore,
  prompts: readonly Prompt[],
  label: string = LATEST,
): AsyncGenerator<Step> {
  for (let at = 0; at < prompts.length; at += VERSIONS_AT_ONCE) {
    const part = prompts.slice(at, at + VERSIONS_AT_ONCE);
    const refs = part.map((prompt) => ({ promptId: prompt.id, number: versionAt(prompt, label) ?? 0 }));
    const versions = await store.versions.findMany(refs);
    for (const prompt of part) {
      const version = versions.find(({ promptId }) => promptId === prompt.id);
      if (version !== undefined) yield { prompt, version, isWhole: true };
    }
  }
}

async function* everyVersion(
  store: TenantStore,
  prompts: readonly Prompt[],
  from: Position | undefined,
): AsyncGenerator<Step> {
  for (const prompt of prompts) {
    let before = from?.id === prompt.id && from.before > 0 ? from.before : undefined;
    let held: Version | undefined;
    for (;;) {
      const rows = await store.versions.list(prompt.id, { limit: VERSIONS_AT_ONCE, before });
      for (const version of rows) {
        if (held !== undefined) yield { prompt, version: held, isWhole: false };
        held = version;
      }
      before = rows.at(-1)?.number;
      if (rows.length < VERSIONS_AT_ONCE) break;
    }
    if (held !== undefined) yield { prompt, version: held, isWhole: true };
  }
}

/** Tags are the prompt's, whichever of its versions is read. */
function exported(prompt: Prompt, version: Version, isAll: boolean): ExportedVersion {
  const view = versionView(version, prompt.labels);
  return {
    ...view,
    name: prompt.name,
    tags: [...prompt.tags],
    isLatest: version.number === prompt.latestVersion,
    labelsElsewhere: isAll ? [] : Object.keys(prompt.labels).filter((label) => !view.labels.includes(label)),
  };
}

function positionOf({ key, id }: { readonly key: string | number; readonly id: string }): Position {
  const text = String(key);
  const colon = text.indexOf(":");
  return { before: Number(text.slice(0, colon)), name: text.slice(colon + 1), id };
}
