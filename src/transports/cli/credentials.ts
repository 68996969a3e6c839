import { randomUUID } from "node:crypto";
import { link, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Config } from "../../config/config.ts";
import { AppError } from "../../domain/errors.ts";
import type { Caller } from "../../domain/identity.ts";
import type { Call } from "../../operations/run-operation.ts";
import type { Services } from "../../services/index.ts";
import { codeOf } from "./system-code.ts";

/** What `init` leaves in the data folder, so that later commands on this machine need no token. */
const credentialsSchema = z.object({
  username: z.string(),
  tenant: z.string(),
  token: z.string().min(1),
});
export type Credentials = z.infer<typeof credentialsSchema>;

export function credentialsPath(dataDir: string): string {
  return join(dataDir, "credentials.json");
}

/** `undefined` when there are none. Throws `unauthenticated` when the file is damaged or may not be read. */
export async function readCredentials(dataDir: string): Promise<Credentials | undefined> {
  const path = credentialsPath(dataDir);
  try {
    return credentialsSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    // Errors of JSON.parse quote the text, which is a secret: only the kind of fault is passed on.
    throw new AppError(
      "unauthenticated",
      `${path} ${code === undefined ? "is damaged" : `cannot be read (${code})`}. Repair it, or delete it and give a key with PROMPTFORGE_TOKEN.`,
    );
  }
}

/** Writes the file whole, mode 0600, to the data folder, which is there. Throws `conflict` when there is one already. */
export async function writeCredentials(dataDir: string, credentials: Credentials): Promise<void> {
  const path = credentialsPath(dataDir);
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await using file = await open(draft, "wx", 0o600);
    await file.writeFile(`${JSON.stringify(credentials, null, 2)}\n`);
    await file.sync();
    // Linking a finished file never replaces one, and never shows half of one.
    await link(draft, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw new AppError("conflict", `${path} exists already.`);
    throw new AppError("unavailable", `${path} cannot be written (${codeOf(error) ?? "unknown error"}).`);
  } finally {
    await rm(draft, { force: true });
  }
}

export interface Credential {
  readonly token: string;
  /** Where it came from, in words. */
  readonly source: string;
}

/** The credential of a command: `--token` or PROMPTFORGE_TOKEN, else what `init` left. Throws `unauthenticated`. */
export async function resolveCredential(config: Pick<Config, "dataDir" | "token">): Promise<Credential> {
  if (config.token !== undefined) return { token: config.token, source: "--token or PROMPTFORGE_TOKEN" };
  const stored = await readCredentials(config.dataDir);
  if (stored !== undefined) return { token: stored.token, source: credentialsPath(config.dataDir) };
  throw new AppError(
    "unauthenticated",
    `There is no credential for the library in ${config.dataDir}. Run \`promptforge init\` where none is founded yet, ` +
      "else give an API key with PROMPTFORGE_TOKEN, or sign in to its server with `promptforge login`.",
  );
}

/** Who the credential belongs to. Throws `unauthenticated` that says where the refused credential came from. */
export async function authenticateWith(
  services: Pick<Services, "authentication">,
  { token, source }: Credential,
): Promise<Caller> {
  try {
    return await services.authentication.authenticate(token);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "unauthenticated") throw error;
    throw new AppError(error.code, `${error.message} It came from ${source}.`, error.details);
  }
}

/** A command's call of an operation, with its credential. */
export function commandCall(services: Pick<Services, "authentication">, credential: Credential): Call {
  return { authenticate: () => authenticateWith(services, credential), requestId: randomUUID() };
}
