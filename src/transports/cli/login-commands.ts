import type { Command } from "commander";
import { z } from "zod";
import { makeDataFolder } from "../../config/data-folder.ts";
import { AppError } from "../../domain/errors.ts";
import { login } from "../../operations/login.ts";
import { signOut } from "../../operations/sign-out.ts";
import { whoami } from "../../operations/whoami.ts";
import { type CommandHost, type Invocation, onRun } from "./invocation.ts";
import { printJson } from "./io.ts";
import { readPassword } from "./password-source.ts";
import { callServer, serverAddress } from "./server-call.ts";
import {
  freshToken,
  readSession,
  removeSession,
  sessionOf,
  sessionPath,
  writeSession,
} from "./server-session.ts";

const optionsSchema = z.object({
  username: z.string().optional(),
  tenantId: z.string().optional(),
  passwordStdin: z.boolean().default(false),
});

/** `login` and `logout`: whose library the commands work on, when not this machine's. */
export function addLoginCommands(program: Command, host: CommandHost): void {
  const signIn = program
    .command("login")
    .summary("Sign in to a server, which commands then work on")
    .description(
      "Signs in to a PromptForge server with username and password, and keeps the session in the data folder, readable by you alone. " +
        "From then on the commands that are operations (list, get, search, member, invitation …) work on that server, until `promptforge logout`. " +
        "The password comes from PROMPTFORGE_PASSWORD, --password-stdin or a question at the terminal.",
    )
    .argument("[server]", "Its address; the one that you signed in to last when left out")
    .option("--username <name>", "Name that you registered with")
    .option("--tenant-id <id>", "Which of your tenants; the one that you joined first when left out")
    .option("--password-stdin", "Read the password from the first line of standard input")
    .addHelpText("after", "\nExample:\n  $ promptforge login https://prompts.example.com --username grace");
  onRun(signIn, host, runLogin, { onServer: true });
  const out = program
    .command("logout")
    .summary("Sign out of the server, and work on the library of this machine again")
    .description("Ends the session that `promptforge login` began, on the server and here.")
    .addHelpText("after", "\nExample:\n  $ promptforge logout");
  onRun(out, host, runLogout, { onServer: true });
}

async function runLogin({ io, config, json, args, options }: Invocation): Promise<number> {
  const { dataDir } = config;
  const given = optionsSchema.parse(options);
  // What lies there may be damaged: it is replaced.
  const former = await readSession(dataDir).catch(() => undefined);
  const named = typeof args[0] === "string" ? args[0] : (config.server ?? former?.server);
  const username = given.username ?? former?.username;
  if (named === undefined || username === undefined) {
    throw new AppError(
      "invalid_input",
      "Say where, and as whom: promptforge login https://prompts.example.com --username NAME.",
    );
  }
  const server = serverAddress(named);
  const password = await readPassword(io, {
    question: `Password of ${username} at ${server}: `,
    given: config.password,
    fromStdin: given.passwordStdin,
  });
  const answer = await callServer(server, login, { username, password, tenant_id: given.tenantId });
  const session = sessionOf(server, username, answer);
  await makeDataFolder(dataDir);
  await writeSession(dataDir, session);
  const { tenant, role } = whoami.output.parse(await callServer(server, whoami, {}, session.access_token));
  if (json) printJson(io, { server, username, tenant, role });
  else io.stdout.write(`You are signed in to ${server} as ${username}, in the tenant ${tenant} (${role}).\n`);
  return 0;
}

async function runLogout({ io, config, json }: Invocation): Promise<number> {
  const { dataDir } = config;
  const session = await readSession(dataDir);
  if (session === undefined) {
    throw new AppError("not_found", `Nobody is signed in to a server here (${sessionPath(dataDir)}).`);
  }
  const { server } = session;
  const told = await freshToken(dataDir, session)
    .then((token) => callServer(server, signOut, {}, token))
    .then(
      () => true,
      (error: unknown) => error instanceof AppError && error.code === "unauthenticated",
    );
  await removeSession(dataDir);
  if (!told) io.stderr.write(`${server} could not be told: the session there ends by itself.\n`);
  if (json) printJson(io, { server, ended: told });
  else io.stdout.write(`You are signed out of ${server}.\n`);
  return 0;
}
