import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { runCli } from "../../src/transports/cli/run-cli.ts";
import { librarySettings, PASSWORD } from "../support/library.ts";
import { PROGRAM } from "../support/sessions.ts";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface CallOptions {
  readonly env?: Record<string, string | undefined>;
  /** What is piped in; nothing when left out. */
  readonly input?: string | Uint8Array;
  /** As if standard output were a terminal of so many columns; only inside this process. */
  readonly columns?: number;
}

/** None of this machine's settings. */
const SETTINGS = {
  HOME: join(tmpdir(), "promptforge-test-nobody"),
  PROMPTFORGE_EMBEDDER_WORKERS: "1",
};

/** Starts the command line as a process of its own. */
export function start(
  args: readonly string[],
  { env = {}, input, node = [] }: CallOptions & { readonly node?: readonly string[] } = {},
): Started {
  const child = spawn(process.execPath, [...node, PROGRAM, ...args], {
    env: { PATH: process.env["PATH"], ...SETTINGS, ...env },
  });
  child.stdin.end(input);
  const ended = Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<Pick<Ended, "code" | "signal">>((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
    }),
  ]).then(([stdout, stderr, exit]) => ({ ...exit, stdout, stderr }));
  return { child, ended };
}

/** Runs the command line in this process, on streams of its own: the same code without the half second that Node takes to start. */
export async function runHere(
  args: readonly string[],
  { env = {}, input = "", columns }: CallOptions,
): Promise<Ended> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  if (columns !== undefined) Object.assign(stdout, { isTTY: true, columns });
  const output = Promise.all([text(stdout), text(stderr)]);
  const code = await runCli(args, {
    env: { ...SETTINGS, ...env },
    stdout,
    stderr,
    stdin: Readable.from([Buffer.from(input)]),
  });
  stdout.end();
  stderr.end();
  const [out, err] = await output;
  return { code, signal: null, stdout: out, stderr: err };
}

export interface Folder {
  readonly path: string;
  readonly dataDir: string;
  /** Runs a command on the library of this folder, inside this process. */
  run(args: readonly string[], options?: CallOptions): Promise<Ended>;
  /** The same as a process of its own. */
  start(args: readonly string[], options?: CallOptions): Started;
  /** As `run` with --json; throws what went wrong. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are read as a script reads JSON
  json(args: readonly string[], options?: CallOptions): Promise<any>;
  remove(): Promise<void>;
}

/** A fresh folder with a place for a library, and nothing in it. */
export async function emptyFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "promptforge-cli-"));
  const dataDir = join(path, "data");
  const settings = await librarySettings(dataDir);
  const here = ({ env, ...options }: CallOptions = {}): CallOptions => ({
    ...options,
    env: { PROMPTFORGE_DATA_DIR: dataDir, ...settings, ...env },
  });
  const run: Folder["run"] = (args, options) => runHere(args, here(options));
  return {
    path,
    dataDir,
    run,
    start: (args, options) => start(args, here(options)),
    async json(args, options) {
      const { code, stdout, stderr } = await run([...args, "--json"], options);
      if (code !== 0) throw new Error(`promptforge ${args.join(" ")}: exit ${code}: ${stderr}`);
      return JSON.parse(stdout);
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

/** A fresh library, founded by `init`. */
export async function foundedFolder(username = "ada"): Promise<Folder> {
  const folder = await emptyFolder();
  await folder.json(["init", "--username", username], { env: { PROMPTFORGE_PASSWORD: PASSWORD } });
  return folder;
}
