import { AppError } from "../../domain/errors.ts";
import type { ExportedVersion } from "../../domain/exchanged.ts";
import type { FormatName } from "../../exchange/formats/format.ts";
import { readJsonLinesText } from "../../exchange/formats/json-lines.ts";
import { READERS, WRITERS } from "../../exchange/formats/registry.ts";
import { hashOf } from "../../exchange/sync-memory.ts";
import { type SyncPrompt, saidBy } from "../../exchange/sync-plan.ts";
import { exportPrompts } from "../../operations/export-prompts.ts";
import { listPrompts } from "../../operations/list-prompts.ts";
import type { UsedLibrary } from "./used-library.ts";

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

/** A library as a sync sees it: its latest versions, as the format writes them. It is read as JSON Lines, which lose nothing. */
export function syncLibrary(
  call: UsedLibrary["call"],
  { format, prefix }: { readonly format: FormatName; readonly prefix: string },
): SyncLibrary {
  return {
    async read(name) {
      const prompts = new Map<string, LibraryPrompt>();
      const query = { format: "jsonl", name, prefix: prefix || undefined, limit: PAGE };
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = exportPrompts.output.parse(await call(exportPrompts, { ...query, cursor }));
        for (const { text } of page.files) {
          for (const version of versionsIn(text)) prompts.set(version.name, libraryPrompt(version, format));
        }
        cursor = page.next_cursor;
      }
      return prompts;
    },
    async archived() {
      const names = new Set<string>();
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const answer = await call(listPrompts, { archived: true, limit: PAGE, cursor });
        const page = listPrompts.output.parse(answer);
        for (const { name } of page.items) names.add(name);
        cursor = page.next_cursor;
      }
      return names;
    },
  };
}

function* versionsIn(jsonl: string): Generator<ExportedVersion> {
  for (const found of readJsonLinesText({ path: "", name: "", text: jsonl })) {
    if (!("draft" in found)) continue;
    const { name, content, messages, version, labels, title, description, tags } = found.draft;
    const { input_schema, config, change_note } = found.draft;
    yield {
      content,
      ...(messages !== undefined && { messages: [...messages] }),
      name: name.value,
      number: version ?? 0,
      labels: [...(labels ?? [])],
      title: title ?? "",
      description: description ?? "",
      tags: [...(tags ?? [])],
      declared_schema: input_schema ?? null,
      config: config ?? {},
      change_note: change_note ?? "",
      isLatest: true,
      labelsElsewhere: [],
    };
  }
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
