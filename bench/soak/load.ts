import { setTimeout as sleep } from "node:timers/promises";
import { CLIENTS } from "../../test/support/sessions.ts";
import { PASSWORD } from "../auth/world.ts";

/** One tenant's ways in. */
export interface Tenant {
  readonly username: string;
  readonly key: string;
}

/** What was asked for and what came of it, by what it was. */
export interface Tally {
  calls: number;
  readonly byKind: Record<string, number>;
  /** What nobody expects: by kind and answer. */
  readonly unexpected: Record<string, number>;
}

/** Prompts of each tenant: what is made is deleted again, so that the library stays as large as it is. */
const PROMPTS = 40;
const PAUSE_MS = 4;
const WORDS = "angry customer invoice refund translate summary meeting code review poem travel budget".split(
  " ",
);

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!;
const sentence = () => Array.from({ length: 12 }, () => pick(WORDS)).join(" ");
const some = () => `soak/p${Math.floor(Math.random() * PROMPTS)}`;

type Send = (kind: string, method: string, path: string, expected: number, body?: unknown) => Promise<void>;

/** Asks over REST, and notes what was not expected. */
function sender(url: string, { key }: Tenant, tally: Tally): Send {
  return async (kind, method, path, expected, body) => {
    const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${url}${path}`, { method, headers, ...sent });
    const said = await response.text();
    note(tally, kind, response.status === expected ? undefined : `${response.status} ${said.slice(0, 200)}`);
  };
}

const content = () => `${sentence()}. Answer {{question}}. ${sentence()}.`;

/** The prompts that stay. */
export async function fill(url: string, tenant: Tenant, tally: Tally): Promise<void> {
  const send = sender(url, tenant, tally);
  for (let n = 0; n < PROMPTS; n++) {
    await send("create", "POST", "/v1/prompts", 201, { name: `soak/p${n}`, content: content() });
  }
}

/** Everything that people and scripts do over REST, one after the other, until told to stop. */
export async function restLoad(
  url: string,
  tenant: Tenant,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const send = sender(url, tenant, tally);
  const acts: (() => Promise<void>)[] = [
    () => send("get", "GET", `/v1/prompts/${some()}`, 200),
    () => send("get", "GET", `/v1/prompts/${some()}`, 200),
    () => send("get missing", "GET", "/v1/prompts/not/there", 404),
    () => send("list", "GET", "/v1/prompts?limit=20", 200),
    () => send("search", "GET", `/v1/search?query=${encodeURIComponent(sentence())}`, 200),
    () => send("render", "POST", `/v1/prompts/${some()}/render`, 200, { arguments: { question: "why" } }),
    () => send("update", "PUT", `/v1/prompts/${some()}`, 200, { content: content() }),
    () => send("bad input", "POST", "/v1/prompts", 400, { name: "" }),
    async () => {
      const name = `soak/new-${Math.random().toString(36).slice(2)}`;
      await send("create", "POST", "/v1/prompts", 201, { name, content: content() });
      await send("archive", "POST", `/v1/prompts/${name}/archive`, 200);
      await send("delete", "DELETE", `/v1/prompts/${name}?confirm=${encodeURIComponent(name)}`, 200);
    },
  ];
  for (let turn = 0; !signal.aborted; turn++) {
    await pick(acts)();
    if (turn % 200 === 0) {
      await send("sign in", "POST", "/v1/auth/login", 200, {
        username: tenant.username,
        password: PASSWORD,
      });
    }
    await sleep(PAUSE_MS);
  }
}

/** What MCP clients do: sessions of some calls, of both eras, until told to stop. */
export async function mcpLoad(url: string, tenant: Tenant, tally: Tally, signal: AbortSignal): Promise<void> {
  const connection = { url, key: tenant.key, dataDir: "" };
  for (let session = 0; !signal.aborted; session++) {
    const client = await CLIENTS[session % 2 === 0 ? "HTTP, 2026-07-28" : "HTTP, 2025-11-25"](connection);
    const call = async (name: string, input: Record<string, unknown>) => {
      const { isError, content: said } = await client.callTool({ name, arguments: input });
      note(tally, `mcp ${name}`, isError ? JSON.stringify(said).slice(0, 200) : undefined);
    };
    for (let n = 0; n < 20 && !signal.aborted; n++) {
      await call("search_prompts", { query: sentence() });
      await call("get_prompt", { name: some() });
      await call("use_prompt", { name: some(), arguments: { question: "why" } });
      await client.listTools();
      await client.listPrompts();
      note(tally, "mcp lists", undefined);
      await sleep(PAUSE_MS);
    }
    await client.close();
  }
}

function note(tally: Tally, kind: string, unexpected: string | undefined): void {
  tally.calls += 1;
  tally.byKind[kind] = (tally.byKind[kind] ?? 0) + 1;
  if (unexpected === undefined) return;
  const what = `${kind}: ${unexpected}`;
  tally.unexpected[what] = (tally.unexpected[what] ?? 0) + 1;
}
