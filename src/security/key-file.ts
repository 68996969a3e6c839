import { randomUUID } from "node:crypto";
import { type FileHandle, link, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { AppError } from "../domain/errors.ts";

const bytes32 = z.base64url().length(43);

const keySchema = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: bytes32,
  d: bytes32,
  kid: z.string().min(1),
  created_at: z.iso.datetime(),
  /** Until then the key is only published, so that everybody knows it before its first token comes. */
  signs_from: z.iso.datetime().optional(),
});

const keyFileSchema = z.object({
  /** Private Ed25519 keys as JWKs (RFC 8037), newest first. The first that has begun signs, all verify. */
  keys: z
    .tuple([keySchema], keySchema)
    .refine((keys) => new Set(keys.map((key) => key.kid)).size === keys.length, "Each key has its own kid"),
  cursor_secret: bytes32,
});

export type KeyFile = z.infer<typeof keyFileSchema>;
export type StoredKey = z.infer<typeof keySchema>;

export interface ReadKeyFile {
  readonly content: KeyFile;
  /** What the operator should know, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Reads the key file; `undefined` when there is none. Takes the rights of group and others away where they have any.
 * Throws `unavailable` when the file cannot be read or is damaged.
 */
export async function readKeyFile(path: string): Promise<ReadKeyFile | undefined> {
  let text: string;
  let warnings: string[];
  try {
    await using file = await open(path, "r");
    warnings = await closeToOthers(file, path);
    text = await file.readFile("utf8");
  } catch (error) {
    const code = codeOf(error);
    // ENOTDIR: the data folder is no folder. Writing the file will say so.
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new AppError(
      "unavailable",
      `The key file ${path} cannot be read (${code}). Make it readable for the user that runs PromptForge.`,
    );
  }
  const content = parseKeys(text);
  if (content === undefined) throw damagedKeyFile(path);
  return { content, warnings };
}

/**
 * Writes the key file, to a folder that is there, unless there is one. Of several processes that start at once exactly one's file
 * stays, whole from the first moment, since a finished file is linked to the name and linking never replaces.
 * Throws `unavailable` when the folder cannot be written.
 */
export async function createKeyFile(path: string, content: KeyFile): Promise<void> {
  const folder = dirname(path);
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    try {
      await writeWhole(draft, content);
      await linkUnlessThere(draft, path);
    } finally {
      await rm(draft, { force: true });
    }
  } catch (error) {
    throw new AppError(
      "unavailable",
      `The signing keys cannot be written to the data folder ${folder} (${codeOf(error)}). ` +
        "Let the user that runs PromptForge write there, or set PROMPTFORGE_DATA_DIR to another folder.",
    );
  }
}

/** The error for a key file that is there and cannot be used. */
export function damagedKeyFile(path: string): AppError {
  return new AppError(
    "unavailable",
    `The key file ${path} is damaged. Restore it from a backup, or delete it: new keys are then made at the next ` +
      "start, which signs everyone out.",
  );
}

/** The keys in a text; `undefined` for anything else. What went wrong is not passed on: errors of JSON.parse quote the text. */
export function parseKeys(text: string): KeyFile | undefined {
  try {
    return keyFileSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Writes a new file (600), on the disk when this resolves. */
export async function writeWhole(path: string, content: KeyFile): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
  await file.sync();
}

async function linkUnlessThere(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

async function closeToOthers(file: FileHandle, path: string): Promise<string[]> {
  // Windows has no such bits: Node makes them up there.
  if (process.platform === "win32") return [];
  const mode = (await file.stat()).mode & 0o777;
  if ((mode & 0o077) === 0) return [];
  const found = `The key file ${path} was open to other users (mode ${mode.toString(8)})`;
  try {
    await file.chmod(0o600);
    return [
      `${found}; it is closed now (600). If others may have read it, delete it: new keys sign everyone out.`,
    ];
  } catch (error) {
    return [`${found} and could not be closed (${codeOf(error)}). Give it mode 600.`];
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : "unknown error";
}
