import { readdir } from "node:fs/promises";
import { relative, sep } from "node:path";
import { AppError } from "../domain/errors.ts";
import { readText } from "./file-text.ts";
import type { FormatName } from "./formats/format.ts";
import { planImport } from "./import-plan.ts";
import { readTexts } from "./prompt-reader.ts";
import { hashOf } from "./sync-memory.ts";
import { type SyncFile, saidBy } from "./sync-plan.ts";
import { refusalOf } from "./system-error.ts";
import type { TextFiles } from "./text-files.ts";

export interface SyncFolder {
  /** By the names of their prompts. */
  readonly files: ReadonlyMap<string, SyncFile & { readonly text: string }>;
  /** What cannot be read or taken. */
  readonly problems: readonly {
    readonly path: string;
    readonly line: number | null;
    readonly message: string;
  }[];
}

/** The prompts in a folder, one a file. Only names that begin with `prefix` are its. Throws `invalid_input` for what is no folder. */
export async function readSyncFolder(root: string, format: FormatName, prefix: string): Promise<SyncFolder> {
  await readdir(root).catch((thrown: unknown) => {
    throw new AppError("invalid_input", `${root}: ${refusalOf(thrown)}. Name a folder.`);
  });
  const below = (path: string) => relative(root, path).split(sep).join("/");
  const plan = await planImport([root], format);
  const given: TextFiles["files"][number][] = [];
  // A folder without prompts is one like any other here.
  const unread = plan.problems
    .filter(({ path }) => path !== root)
    .map(({ path, message }) => ({ path: below(path), message }));
  for (const file of plan.files) {
    const read = await readText(file.path).catch((thrown: unknown) => ({ message: `${refusalOf(thrown)}.` }));
    const path = below(file.path);
    if ("text" in read) given.push({ path, name: file.name, format: file.format, text: read.text });
    else unread.push({ path, message: read.message });
  }
  const texts = new Map(given.map(({ path, text }) => [path, text]));
  const files = new Map<string, SyncFile & { readonly text: string }>();
  const problems: { path: string; line: number | null; message: string }[] = [];
  for (const item of readTexts({ files: given, problems: unread, passedOver: [] })) {
    const { path, line = null } = item.source;
    if (item.kind === "problem") {
      problems.push({ path, line, message: item.message });
      continue;
    }
    const name = item.draft.name.value;
    const text = texts.get(path) ?? "";
    if (name.startsWith(prefix))
      files.set(name, { path, text, hash: hashOf(text), said: saidBy(item.draft) });
    else problems.push({ path, line, message: `The name ${name} does not begin with ${prefix}.` });
  }
  return { files, problems };
}
