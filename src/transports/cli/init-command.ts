import { userInfo } from "node:os";
import type { Command } from "commander";
import { z } from "zod";
import { AppError } from "../../domain/errors.ts";
import { localCall, type Member, newUsernameSchema } from "../../domain/identity.ts";
import { permissionsOf } from "../../domain/roles.ts";
import { credentialsPath, readCredentials, writeCredentials } from "./credentials.ts";
import { type CommandHost, type Invocation, onRun, withApp } from "./invocation.ts";
import { type Io, printJson } from "./io.ts";
import { claudeCodeCommand, type McpLaunch, mcpConfig, mcpLaunch } from "./mcp-snippet.ts";
import { choosePassword } from "./password-source.ts";

const optionsSchema = z.object({
  username: newUsernameSchema.optional(),
  tenant: z.string().trim().min(1).max(100).optional(),
  keyName: z.string().trim().min(1).max(100),
  passwordStdin: z.boolean().default(false),
});

/** `init`: founds a tenant and its admin on this machine, and prints what an MCP client needs. */
export function addInitCommand(program: Command, host: CommandHost): void {
  const command = program
    .command("init")
    .summary("Found a library and print an mcp.json for it")
    .description(
      "Founds a tenant with you as its admin, makes an API key, keeps it in the data folder for later commands, " +
        "and prints an mcp.json with it. The password comes from PROMPTFORGE_PASSWORD, --password-stdin or a " +
        "question at the terminal; otherwise one is made and shown once.",
    )
    .option("--tenant <name>", "Name of the tenant (the username when left out)")
    .option("--username <name>", "Name to sign in with (your name on this machine when left out)")
    .option("--password-stdin", "Read the password from the first line of standard input")
    .option("--key-name <name>", "Name of the API key", "init")
    .addHelpText(
      "after",
      "\nExamples:\n  $ promptforge init\n  $ promptforge init --tenant 'Support team' --username ada > mcp.json",
    );
  onRun(command, host, init);
}

async function init({ io, config, json, options }: Invocation): Promise<number> {
  const wanted = parseOptions(options);
  const username = wanted.username ?? machineUser();
  const isFirst = await checkFirst(config.dataDir, wanted.username);
  const { password, generated } = await choosePassword(io, {
    username,
    given: config.password,
    fromStdin: wanted.passwordStdin,
  });
  const { member, secret } = await withApp(config, async ({ services }) => {
    const call = localCall("init");
    const founder = await services.registration.found(
      { username, password, tenantName: wanted.tenant },
      call,
    );
    const owner = { ...founder, permissions: permissionsOf(founder.role), call };
    return { member: founder, ...(await services.apiKeys.create(owner, { name: wanted.keyName })) };
  });
  if (isFirst) {
    await writeCredentials(config.dataDir, { username, tenant: member.tenantName, token: secret });
  }
  print(io, json, {
    member,
    password: generated ? password : undefined,
    launch: mcpLaunch(config.dataDir, secret, io.env),
    credentialsFile: credentialsPath(config.dataDir),
    isFirst,
  });
  return 0;
}

function parseOptions(options: Invocation["options"]) {
  const parsed = optionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `--${kebabCase(path.join("."))}: ${message}`);
  throw new AppError("invalid_input", `${issues.join("; ")}.`);
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function machineUser(): string {
  try {
    return newUsernameSchema.catch("admin").parse(userInfo().username);
  } catch {
    // A container's user may have no name.
    return "admin";
  }
}

/** Whether this is the first tenant here. Throws `conflict` when there is one and no other username was asked for. */
async function checkFirst(dataDir: string, username: string | undefined): Promise<boolean> {
  const stored = await readCredentials(dataDir);
  if (stored === undefined) return true;
  if (username !== undefined && username !== stored.username) return false;
  throw new AppError(
    "conflict",
    `The library in ${dataDir} is founded already: tenant ${stored.tenant}, user ${stored.username}. ` +
      "For another MCP client make a key with `promptforge token create NAME`; for another tenant give another " +
      `--username; for another library another --data-dir. The key in ${credentialsPath(dataDir)} is what commands here use.`,
    { username: stored.username, tenant: stored.tenant },
  );
}

interface Founded {
  readonly member: Member;
  /** Only when it was made here. */
  readonly password: string | undefined;
  readonly launch: McpLaunch;
  readonly credentialsFile: string;
  readonly isFirst: boolean;
}

/** The snippet alone goes to standard output, so that `init > mcp.json` works; the words go to standard error. */
function print(io: Io, json: boolean, { member, password, launch, credentialsFile, isFirst }: Founded): void {
  const config = mcpConfig(launch);
  if (json) {
    printJson(io, {
      tenant: member.tenantName,
      tenant_id: member.tenantId,
      username: member.username,
      user_id: member.userId,
      role: member.role,
      password: password ?? null,
      token: launch.env["PROMPTFORGE_TOKEN"],
      credentials_file: isFirst ? credentialsFile : null,
      mcp_config: config,
      claude_code: claudeCodeCommand(launch),
    });
    return;
  }
  const lines = [
    `Founded the tenant ${member.tenantName}. You are ${member.username}, its admin.`,
    password !== undefined && `Your password, shown only now: ${password}`,
    isFirst
      ? `An API key is in ${credentialsFile}: commands on this machine need no token.`
      : `${credentialsFile} stays that of the first tenant: for this one give --token or PROMPTFORGE_TOKEN.`,
    "",
    "Next:",
    "  promptforge import PATH…           bring your prompts in",
    "  promptforge search 'what you need' find one",
    "  promptforge serve                  REST, /docs and MCP over HTTP",
    `  ${claudeCodeCommand(launch)}`,
    "                                     add it to Claude Code",
    "",
    "For Claude Desktop, Cursor and other MCP clients, mcp.json (it holds the key: keep it to yourself):",
  ];
  io.stderr.write(`${lines.filter((line) => line !== false).join("\n")}\n`);
  io.stdout.write(`${JSON.stringify(config, null, 2)}\n`);
}
