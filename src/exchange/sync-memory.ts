import { createHash } from "node:crypto";
import { z } from "zod";
import { AppError } from "../domain/errors.ts";
import { FORMAT_NAMES, type FormatName } from "./formats/format.ts";
import { WRITERS } from "./formats/registry.ts";
import { byCodeUnit, type SyncedState } from "./sync-plan.ts";

/** Where a folder remembers how far it is in step with a library. */
export const SYNC_FILE = ".promptforge-sync.json";

/** Those with a file for each prompt. */
export const SYNCED_FORMATS = FORMAT_NAMES.filter((name) => WRITERS[name].layout === "folder");

const memorySchema = z.object({
  promptforge_sync: z.literal(1),
  tenant: z.string(),
  format: z.enum(FORMAT_NAMES).refine((name) => SYNCED_FORMATS.includes(name)),
  prefix: z.string(),
  prompts: z.array(
    z.object({
      name: z.string(),
      path: z.string(),
      file: z.string(),
      version: z.int().min(0),
      library: z.string(),
    }),
  ),
});

export interface SyncMemory {
  /** Whose library it is: of another one, nothing is known. */
  readonly tenant: string;
  readonly format: FormatName;
  /** Only names that begin so are synced. */
  readonly prefix: string;
  readonly prompts: Map<string, SyncedState>;
}

/** Throws `invalid_input` for what is no memory of a sync. */
export function readMemory(text: string): SyncMemory {
  const read = memorySchema.safeParse(parsed(text)).data;
  if (read === undefined) {
    throw new AppError(
      "invalid_input",
      `${SYNC_FILE} is damaged, or of another version. Take it from before, or delete it: then both sides are compared anew.`,
    );
  }
  const { tenant, format, prefix } = read;
  return {
    tenant,
    format,
    prefix,
    prompts: new Map(read.prompts.map(({ name, ...state }) => [name, state])),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A prompt a line, by name: what changes one prompt changes one line. */
export function writeMemory({ tenant, format, prefix, prompts }: SyncMemory): string {
  const lines = [...prompts]
    .sort(([one], [other]) => byCodeUnit(one, other))
    .map(([name, { path, file, version, library }]) =>
      JSON.stringify({ name, path, file, version, library }),
    );
  const head = JSON.stringify({ promptforge_sync: 1, tenant, format, prefix }).slice(0, -1);
  return `${head},"prompts":[${lines.map((line) => `\n${line}`).join(",")}\n]}\n`;
}

export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
