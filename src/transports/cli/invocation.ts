import { type Command, Option } from "commander";
import type { App } from "../../app.ts";
import { type Config, loadConfig } from "../../config/config.ts";
import { AppError } from "../../domain/errors.ts";
import type { Io } from "./io.ts";

/** A command as it was called. */
export interface Invocation {
  readonly io: Io;
  readonly json: boolean;
  readonly config: Config;
  /** Positional arguments: texts, a list of texts for a variadic one, `undefined` for one that is missing. */
  readonly args: readonly unknown[];
  /** Flags by their camelCase names. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Runs a command; resolves with its exit code. */
export type Run = (invocation: Invocation) => Promise<number>;

export interface CommandHost {
  readonly io: Io;
  /** Whether errors are documents, too. */
  readonly json: boolean;
  /** Takes the exit code of the command that ran. */
  readonly finish: (exitCode: number) => void;
}

/** Flags that every command takes, before its name and after it. Help shows --server where it can be used. */
export function addGlobalOptions(command: Command, onServer = true): Command {
  return command
    .option("--json", "Print one JSON document, for programs")
    .option("--data-dir <folder>", "Data folder (or PROMPTFORGE_DATA_DIR; ~/.promptforge)")
    .addOption(
      new Option(
        "--server <url>",
        "Server to work on (or PROMPTFORGE_SERVER), instead of the data folder's library",
      ).hideHelp(!onServer),
    )
    .option(
      "--token <token>",
      "API key or access token (or PROMPTFORGE_TOKEN, which other users of the machine cannot see)",
    );
}

export interface RunOptions {
  /** Whether the command works on a server, too; without it, it is refused when one is named. */
  readonly onServer?: boolean;
  /** What is logged unless PROMPTFORGE_LOG_LEVEL says otherwise; warnings by default, so that output stays quiet. */
  readonly logLevel?: string;
  /** Flags that stand for settings, by the setting's name. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Makes `run` what the command does. */
export function onRun(command: Command, host: CommandHost, run: Run, options: RunOptions = {}): void {
  addGlobalOptions(command, options.onServer === true).action(async () => {
    const flags = command.optsWithGlobals<Record<string, unknown>>();
    const config = configOf(host.io, flags, options);
    if (config.server !== undefined && !options.onServer) throw notOnServer(command.name());
    const json = flags["json"] === true;
    host.finish(await run({ io: host.io, json, config, args: command.processedArgs, options: flags }));
  });
}

function configOf(io: Io, flags: Readonly<Record<string, unknown>>, options: RunOptions): Config {
  const settings: Record<string, string | undefined> = { ...io.env };
  settings["PROMPTFORGE_LOG_LEVEL"] ||= options.logLevel ?? "warn";
  const byFlag = {
    dataDir: "PROMPTFORGE_DATA_DIR",
    server: "PROMPTFORGE_SERVER",
    token: "PROMPTFORGE_TOKEN",
    ...options.settings,
  };
  const given = Object.entries(byFlag).filter(([flag]) => typeof flags[flag] === "string");
  for (const [flag, setting] of given) settings[setting] = String(flags[flag]);
  try {
    return loadConfig(settings);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const words = given.reduce(
      (text, [flag, setting]) => text.replaceAll(`${setting} must`, `--${flag} (${setting}) must`),
      error.message,
    );
    throw new AppError(error.code, words, error.details);
  }
}

function notOnServer(command: string): AppError {
  return new AppError(
    "invalid_input",
    `${command} works on the library of this machine alone: leave --server (PROMPTFORGE_SERVER) out, ` +
      "or run it where that server's library is.",
  );
}

/** Opens the library for as long as `work` takes, in a folder that is made where it is missing. */
export async function withApp<T>(config: Config, work: (app: App) => Promise<T>): Promise<T> {
  // Loaded only now: help and usage errors need neither the database nor the model.
  const { openApp } = await import("../../app.ts");
  const app = await openApp(config);
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}
