import type { Command } from "commander";
import { z } from "zod";
import type { App } from "../../app.ts";
import { type CommandHost, type Invocation, onRun, withApp } from "./invocation.ts";
import { printJson, widthOf } from "./io.ts";
import { tableOf } from "./result-table.ts";

type Reports = Awaited<ReturnType<App["signingKeys"]["list"]>>;

/** Twice what verifiers may keep of the published keys. */
const PUBLISHED_FIRST_MINUTES = 10;

/** `keys`: the keys that sign access tokens, for the operator at the machine. */
export function addKeysCommand(program: Command, host: CommandHost): void {
  const keys = program
    .command("keys")
    .summary("List, rotate and prune the keys that sign access tokens")
    .description(
      "The keys that sign access tokens. A running server follows their file: no restart is needed.",
    );
  onRun(
    keys
      .command("list")
      .summary("List the signing keys")
      .description("Lists the signing keys, newest first: which signs, and until when the others verify.")
      .addHelpText("after", "\nExample:\n  $ promptforge keys list"),
    host,
    (invocation) => withKeys(invocation, (signingKeys) => signingKeys.list()),
  );
  onRun(
    keys
      .command("rotate")
      .summary("Make a new signing key")
      .description(
        `Makes a new key. For ${PUBLISHED_FIRST_MINUTES} minutes it is only published, so that all who verify tokens know it; then it ` +
          "signs. The old ones verify until the last of their tokens has expired. Nobody is signed out.",
      )
      .option("--now", "Let the new key sign at once")
      .option(
        "--compromised",
        "The old keys are in wrong hands: drop them at once. Access tokens end within a second; people refresh or sign in again",
      )
      .addHelpText(
        "after",
        "\nExamples:\n  $ promptforge keys rotate\n  $ promptforge keys rotate --compromised",
      ),
    host,
    rotate,
  );
  onRun(
    keys
      .command("prune")
      .summary("Drop old signing keys")
      .description(
        "Drops the keys whose last token has expired. `keys rotate` does so, too. Running it again changes nothing.",
      )
      .addHelpText("after", "\nExample:\n  $ promptforge keys prune"),
    host,
    (invocation) => withKeys(invocation, (signingKeys) => signingKeys.prune()),
  );
}

const optionsSchema = z.object({ now: z.boolean().default(false), compromised: z.boolean().default(false) });

function rotate(invocation: Invocation): Promise<number> {
  const { now, compromised } = optionsSchema.parse(invocation.options);
  const signsFrom = new Date(Date.now() + (now || compromised ? 0 : PUBLISHED_FIRST_MINUTES * 60_000));
  return withKeys(invocation, (signingKeys) => signingKeys.rotate({ signsFrom, dropOthers: compromised }));
}

async function withKeys(
  { io, json, config }: Invocation,
  work: (signingKeys: App["signingKeys"]) => Promise<Reports>,
): Promise<number> {
  const items = (await withApp(config, (app) => work(app.signingKeys))).map(viewOf);
  if (json) printJson(io, { items });
  else io.stdout.write(`${tableOf(items, widthOf(io.stdout))}\n`);
  return 0;
}

function viewOf({ kid, state, createdAt, signsFrom, verifiesUntil }: Reports[number]) {
  return {
    kid,
    state,
    created_at: createdAt.toISOString(),
    signs_from: signsFrom.toISOString(),
    verifies_until: verifiesUntil?.toISOString() ?? null,
  };
}
