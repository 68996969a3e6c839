import type { App } from "../../app.ts";
import { AppError } from "../../domain/errors.ts";
import type { ExportedVersion } from "../../domain/exchanged.ts";
import type { Caller } from "../../domain/identity.ts";
import type { FormatName } from "../../exchange/formats/format.ts";
import { READERS, WRITERS } from "../../exchange/formats/registry.ts";
import { hashOf } from "../../exchange/sync-memory.ts";
import { type SyncPrompt, saidBy } from "../../exchange/sync-plan.ts";
import { exportPrompts } from "../../operations/export-prompts.ts";
import { listPrompts } from "../../operations/list-prompts.ts";
import { authorise, type Call } from "../../operations/run-operation.ts";

export interface LibraryPrompt extends SyncPrompt {
  /** Its file, where it lies already or will lie. */
  textAt(path: string): string;
}

export interface SyncLibrary {
  /** All, or one alone, by name. */
  read(name?: string): Promise<Map<string, LibraryPrompt>>;
  archived(): Promise<Set<string>>;
}

const PAGE = 500;

/** A library as a sync sees it: its latest versions, as the format writes them. Throws `forbidden` for who may not export. */
export function syncLibrary(
  app: App,
  caller: Caller,
  { format, prefix, call }: { readonly format: FormatName; readonly prefix: string; readonly call: Call },
): SyncLibrary {
  authorise(exportPrompts, caller);
  return {
    async read(name) {
      const prompts = new Map<string, LibraryPrompt>();
      const query = { name, prefix: prefix || undefined, allVersions: false, limit: PAGE };
      for (let cursor: string | undefined; ; ) {
        const { items, next_cursor } = await app.services.promptExport.page(caller, { ...query, cursor });
        for (const version of items) prompts.set(version.name, libraryPrompt(version, format));
        if (next_cursor === null) return prompts;
        cursor = next_cursor;
      }
    },
    async archived() {
      const names = new Set<string>();
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const answer = await app.run(listPrompts, { archived: true, limit: PAGE, cursor }, call);
        const page = listPrompts.output.parse(answer);
        for (const { name } of page.items) names.add(name);
        cursor = page.next_cursor;
      }
      return names;
    },
  };
}

function libraryPrompt(version: ExportedVersion, format: FormatName): LibraryPrompt {
  const { write, textAt } = WRITERS[format];
  const { files, losses } = write([version], { isFirst: true, isLast: true });
  const [file] = files;
  if (file === undefined || textAt === undefined) {
    throw new AppError(
      "invalid_input",
      `The format ${format} has no file for each prompt: it cannot be synced.`,
    );
  }
  return {
    path: file.path,
    version: version.number,
    hash: hashOf(file.text),
    losesChat: losses.some(({ kind }) => kind === "messages"),
    textAt: (path) => textAt(version, path),
    said() {
      for (const found of READERS[format]({ ...file, name: version.name })) {
        if ("draft" in found) return saidBy(found.draft);
      }
      return {};
    },
  };
}
