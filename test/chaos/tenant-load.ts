import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { phrase } from "../support/phrases.ts";
import type { ChaosClient } from "./client.ts";
import { blame, type Tally } from "./tally.ts";

/** Between two calls of one client. */
const THINK_MS = 60;

/** What a prompt has to be, since that was acknowledged. */
interface Expected {
  readonly id: string;
  version: number;
  content: string;
  production: number | undefined;
}

export interface TenantLoad {
  /** Works on prompts of its own until told to stop. */
  run(signal: AbortSignal): Promise<void>;
  /** Reads all that was acknowledged. */
  verify(): Promise<void>;
}

/**
 * One client's mixed load: it makes and changes prompts, moves labels, reads what it wrote at any replica, and asks for prompts of
 * other tenants by their ids.
 * @param canary A word that is in each of its tenant's texts.
 * @param ids Of all tenants' prompts: this one's are added.
 */
export function createTenantLoad(deps: {
  readonly client: ChaosClient;
  readonly tally: Tally;
  readonly canary: string;
  readonly prefix: string;
  readonly ids: Map<string, string>;
}): TenantLoad {
  const { client, tally, canary, prefix, ids } = deps;
  const { perform } = client;
  const written = new Map<string, Expected>();

  const text = () => `${phrase(Math.floor(Math.random() * 400))} ${canary} ${randomUUID()}`;
  const any = (): [string, Expected] | undefined => {
    const all = [...written];
    return all[Math.floor(Math.random() * all.length)];
  };
  const refused = (operation: string, code: string | undefined) =>
    blame(tally, "unexpected_errors", `${operation} was refused: ${code}`);

  /** What became of a change whose first attempt was not answered. */
  async function becameOf(name: string) {
    return (await perform("get_prompt", { name })).body;
  }

  async function create(): Promise<void> {
    const name = `${prefix}/p${written.size}`;
    const content = text();
    const { body, code, wasTried } = await perform("create_prompt", { name, content });
    const made = body ?? (wasTried && code === "conflict" ? await becameOf(name) : undefined);
    if (made?.content !== content) return refused("create_prompt", code);
    tally.acknowledged += 1;
    ids.set(made.id, canary);
    written.set(name, { id: made.id, version: 1, content, production: undefined });
  }

  async function update([name, expected]: [string, Expected]): Promise<void> {
    const content = text();
    const next = expected.version + 1;
    const input = { name, content, expected_version: expected.version };
    const { body, code, wasTried } = await perform("update_prompt", input);
    const isTaken = code === "precondition_failed" || code === "conflict";
    const made = body ?? (wasTried && isTaken ? await becameOf(name) : undefined);
    if (made?.content !== content || made.version !== next) return refused("update_prompt", code);
    tally.acknowledged += 1;
    Object.assign(expected, { version: next, content });
  }

  async function label([name, expected]: [string, Expected]): Promise<void> {
    const version = 1 + Math.floor(Math.random() * expected.version);
    const { body, code } = await perform("set_label", { name, label: "production", version });
    if (body === undefined) return refused("set_label", code);
    tally.acknowledged += 1;
    expected.production = version;
  }

  async function read([name, expected]: [string, Expected]): Promise<void> {
    const { body } = await perform("get_prompt", { name });
    const { version, content, labels } = body ?? {};
    if (
      version === expected.version &&
      content === expected.content &&
      labels?.production === expected.production
    )
      return;
    blame(tally, "lost", `${name}: ${JSON.stringify({ expected, found: { version, content, labels } })}`);
  }

  /** A prompt of another tenant is not there. */
  async function pry(): Promise<void> {
    const theirs = [...ids].filter(([, owner]) => owner !== canary);
    const [id] = theirs[Math.floor(Math.random() * theirs.length)] ?? [];
    if (id === undefined) return;
    const { body, code } = await perform("get_prompt", { name: id });
    if (body !== undefined) blame(tally, "foreign_reads", `${id} was read by another tenant`);
    else if (code !== "not_found") refused("get_prompt", code);
  }

  async function search(): Promise<void> {
    const { body, code } = await perform("search_prompts", {
      query: phrase(Math.floor(Math.random() * 400)),
      limit: 5,
    });
    if (body === undefined) refused("search_prompts", code);
  }

  async function list(): Promise<void> {
    const { body, code } = await perform("list_prompts", { limit: 20 });
    if (body === undefined) refused("list_prompts", code);
  }

  async function step(): Promise<void> {
    const dice = Math.random();
    const one = any();
    if (one === undefined || dice < 0.2) return create();
    if (dice < 0.35) return update(one);
    if (dice < 0.45) return label(one);
    if (dice < 0.7) return read(one);
    if (dice < 0.8) return pry();
    if (dice < 0.9) return list();
    return search();
  }

  return {
    async run(signal) {
      while (!signal.aborted) {
        await step();
        await sleep(THINK_MS);
      }
    },
    async verify() {
      for (const one of written) await read(one);
    },
  };
}
