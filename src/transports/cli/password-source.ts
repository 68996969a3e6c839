import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { AppError } from "../../domain/errors.ts";
import { Interrupted } from "./exit-codes.ts";
import type { Io } from "./io.ts";

export interface ChosenPassword {
  readonly password: string;
  /** Made here, and so to be shown once. */
  readonly generated: boolean;
}

export interface PasswordSources {
  /** Whose password it is. */
  readonly username: string;
  /** PROMPTFORGE_PASSWORD. */
  readonly given: string | undefined;
  readonly fromStdin: boolean;
}

/**
 * The first of: the first line of standard input (when asked for), the setting, what is typed at the terminal without
 * being shown; else a new one of 144 random bits.
 */
export async function choosePassword(
  io: Io,
  { username, given, fromStdin }: PasswordSources,
): Promise<ChosenPassword> {
  if (fromStdin) return { password: await firstLine(io), generated: false };
  if (given !== undefined) return { password: given, generated: false };
  const typed = io.stdin.isTTY && io.stderr.isTTY ? await askTwice(io, username) : "";
  return typed === ""
    ? { password: randomBytes(18).toString("base64url"), generated: true }
    : { password: typed, generated: false };
}

/** A password that there is, from the first of the same sources. Throws `invalid_input` where there is none to ask at. */
export async function readPassword(
  io: Io,
  {
    question,
    given,
    fromStdin,
  }: Pick<PasswordSources, "given" | "fromStdin"> & { readonly question: string },
): Promise<string> {
  if (fromStdin) return firstLine(io);
  if (given !== undefined) return given;
  if (io.stdin.isTTY && io.stderr.isTTY) return askHidden(io, question);
  throw new AppError(
    "invalid_input",
    "There is no terminal to ask for the password at: give it with --password-stdin or PROMPTFORGE_PASSWORD.",
  );
}

async function firstLine(io: Io): Promise<string> {
  const lines = createInterface({ input: io.stdin });
  try {
    for await (const line of lines) return line;
  } finally {
    lines.close();
  }
  throw new AppError(
    "invalid_input",
    "No password came on standard input. Write it there, followed by a newline.",
  );
}

async function askTwice(io: Io, username: string): Promise<string> {
  const password = await askHidden(io, `Password for ${username} (empty: one is made for you): `);
  if (password !== "" && (await askHidden(io, "The same again: ")) !== password) {
    throw new AppError(
      "invalid_input",
      "The two passwords are not the same. Nothing was made; run the command again.",
    );
  }
  return password;
}

/** Asks on standard error; what is typed is shown nowhere. Throws Interrupted at Ctrl-C and Ctrl-D. */
async function askHidden(io: Io, question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: io.stdin, output: nowhere, terminal: true });
  io.stderr.write(question);
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once("SIGINT", () => reject(new Interrupted()));
      lines.once("close", () => reject(new Interrupted()));
      lines.question("", resolve);
    });
  } finally {
    lines.close();
    io.stderr.write("\n");
  }
}
