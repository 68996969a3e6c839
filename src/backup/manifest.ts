import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { AppError } from "../domain/errors.ts";
import { codeOf } from "./whole-files.ts";

export const MANIFEST = "manifest.json";
/** As they are called in the data folder. */
export const LIBRARY_FILE = "promptforge.db";
export const KEY_FILE = "keys.json";

const manifestSchema = z.object({
  format: z.literal("promptforge-backup"),
  /** Of this form: a newer one is refused. */
  format_version: z.literal(1),
  made_at: z.iso.datetime(),
  /** By the schedule, which deletes it again when it is old; what was made by hand stays. */
  scheduled: z.boolean(),
  library: z.object({
    kind: z.literal("sqlite"),
    id: z.string().min(1),
    schema_version: z.int().positive(),
    counts: z.record(z.string(), z.int().nonnegative()),
  }),
  files: z
    .array(
      z.object({
        name: z.enum([LIBRARY_FILE, KEY_FILE]),
        bytes: z.int().nonnegative(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .length(2),
});

/** What a backup says of itself. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Reads what a folder says of itself. Throws `invalid_input` where it is no backup of ours. */
export async function readManifest(folder: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(join(folder, MANIFEST), "utf8");
  } catch (error) {
    throw new AppError(
      "invalid_input",
      `${folder} is no backup: its ${MANIFEST} cannot be read (${codeOf(error)}). Name the folder that \`promptforge backup\` made.`,
    );
  }
  const parsed = manifestSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new AppError(
    "invalid_input",
    `The ${MANIFEST} of ${folder} is damaged, or of a newer PromptForge than this one. Take another backup, or upgrade.`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
