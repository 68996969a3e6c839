/**
 * Plays the main job in a fresh temporary library and prints it: a tenant, the starter prompts, then create, update,
 * versions and search through a real MCP client over stdio and over HTTP, and through REST.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { styleText } from "node:util";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "..");
const PROGRAM = join(ROOT, "src/bin/promptforge.ts");

const dataDir = await mkdtemp(join(tmpdir(), "promptforge-demo-"));
const environment = {
  ...process.env,
  PROMPTFORGE_DATA_DIR: dataDir,
  PROMPTFORGE_LOG_LEVEL: "warn",
  PROMPTFORGE_PORT: "0",
};

async function play(): Promise<void> {
  title("A fresh library, a tenant, and the starter prompts");
  await promptforge("init", "--username", "ada", "--tenant", "Analytical Engines");
  await promptforge("import", "examples/prompts", "--wait");
  await promptforge("list", "--limit", "5");

  const { stdout } = await run(["whoami", "--json"]);
  const member = z.object({ username: z.string(), tenant: z.string() }).parse(JSON.parse(stdout));
  say(`Signed in as ${member.username} of ${member.tenant}`);
  const key = z
    .object({ secret: z.string() })
    .parse(JSON.parse((await run(["token", "create", "demo", "--json"])).stdout)).secret;

  title("MCP over stdio, revision 2026-07-28");
  const overStdio = client();
  await overStdio.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [PROGRAM, "stdio"],
      env: { ...stringsOf(environment), PROMPTFORGE_TOKEN: key },
      stderr: "inherit",
    }),
  );
  await mcpStory(overStdio, "stdio");
  await overStdio.close();

  const server = await serve();
  title("MCP over HTTP, revision 2026-07-28");
  const overHttp = client();
  const requestInit = { headers: { Authorization: `Bearer ${key}` } };
  await overHttp.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit }));
  await mcpStory(overHttp, "http");
  await overHttp.close();

  title("REST");
  await restStory(server.url, key);
  await server.stop();
  title("Done: the same library, the same answers, three ways in");
}

async function mcpStory(mcp: Client, how: string): Promise<void> {
  const name = `demo/${how}-release-notes`;
  const { tools } = await mcp.listTools();
  say(`${tools.length} tools: ${tools.map((tool) => tool.name).join(", ")}`);
  const tool = async (tool: string, input: Record<string, unknown>) => {
    const { structuredContent, isError, content } = await mcp.callTool({ name: tool, arguments: input });
    if (isError) throw new Error(JSON.stringify(content));
    return structuredContent;
  };
  show(
    "create_prompt",
    await tool("create_prompt", { name, content: "Write release notes for:\n{{changes}}", tags: ["demo"] }),
  );
  show(
    "update_prompt",
    await tool("update_prompt", {
      name,
      content: "Tell {{audience}} what is new in this version. Write release notes for:\n{{changes}}",
      change_note: "Name the audience",
      expected_version: 1,
    }),
  );
  show("get_versions", await tool("get_versions", { name }));
  await searchUntilIndexed((query) => tool("search_prompts", { query, limit: 3 }));
  const rendered = await mcp.getPrompt({
    name,
    arguments: { audience: "pilots", changes: "- a new altimeter" },
  });
  say(`prompts/get    ${JSON.stringify(rendered.messages[0]?.content)}`);
  const { contents } = await mcp.readResource({ uri: `prompt://${name}/versions/1` });
  say(`resources/read ${JSON.stringify(contents[0])}`);
}

async function restStory(url: string, key: string): Promise<void> {
  const name = "demo/rest-release-notes";
  const send = async (method: string, path: string, body?: object) => {
    const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
    const response = await fetch(url + path, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(answer));
    return answer;
  };
  show(
    "POST /v1/prompts",
    await send("POST", "/v1/prompts", { name, content: "Write release notes for:\n{{changes}}" }),
  );
  show(
    `PATCH /v1/prompts/${name}`,
    await send("PATCH", `/v1/prompts/${name}`, { content: "Short release notes:\n{{changes}}" }),
  );
  show(`GET /v1/prompts/${name}/versions`, await send("GET", `/v1/prompts/${name}/versions`));
  await searchUntilIndexed((query) => send("POST", "/v1/search", { query, limit: 3 }));
}

const found = z.object({
  pending: z.int(),
  items: z.array(z.object({ name: z.string(), score: z.number(), why: z.string() })),
});

async function searchUntilIndexed(search: (query: string) => Promise<unknown>): Promise<void> {
  const query = "tell customers what changed in the new version";
  for (;;) {
    const { pending, items } = found.parse(await search(query));
    if (pending > 0) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    say(`search         "${query}"`);
    for (const hit of items) say(`               ${hit.score.toFixed(3)}  ${hit.why.padEnd(7)}  ${hit.name}`);
    return;
  }
}

const summary = z.object({
  name: z.string(),
  version: z.int().optional(),
  items: z.array(z.object({ number: z.int(), change_note: z.string() })).optional(),
});

function show(what: string, answer: unknown): void {
  const { name, version, items } = summary.parse(answer);
  const versions = items
    ?.map((item) => `${item.number}${item.change_note ? ` (${item.change_note})` : ""}`)
    .join(", ");
  say(`${what.padEnd(14)} ${name}: ${versions ? `versions ${versions}` : `version ${version}`}`);
}

function client(): Client {
  return new Client(
    { name: "demo", version: "1.0.0" },
    { versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
}

/** Starts `serve` on a free port and reads its address from its own answer. */
async function serve(): Promise<{ url: string; stop(): Promise<void> }> {
  const child = spawn(process.execPath, [PROGRAM, "serve", "--json"], {
    env: environment,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let text = "";
  for await (const line of createInterface(child.stdout)) {
    text += line;
    const address = z.object({ url: z.string() }).safeParse(parseJson(text));
    if (address.success) {
      return {
        url: address.data.url,
        stop: () => {
          child.kill("SIGTERM");
          return exited;
        },
      };
    }
  }
  throw new Error("The server ended before it listened");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function promptforge(...args: string[]): Promise<void> {
  say(styleText("dim", `$ promptforge ${args.join(" ")}`));
  const { stdout } = await run(args);
  // The snippet with the key is for a real library, not for a demo's screen.
  if (args[0] !== "init") process.stdout.write(stdout.replaceAll(/^(?=.)/gm, "  "));
}

function run(args: string[]): Promise<{ stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: ROOT,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk));
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve({ stdout }) : reject(new Error(`promptforge ${args.join(" ")}: ${stderr}`)),
    );
  });
}

function stringsOf(env: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

function title(text: string): void {
  console.log(`\n${styleText("bold", text)}`);
}

function say(text: string): void {
  console.log(`  ${text}`);
}

try {
  await play();
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
