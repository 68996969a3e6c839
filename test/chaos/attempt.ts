import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { Answer } from "../support/library.ts";
import { restClient } from "../support/rest.ts";

/** What became of one attempt at an operation. `text`: all that came back. */
export type Outcome =
  | { readonly kind: "answer"; readonly body: Answer; readonly text: string }
  | { readonly kind: "refused"; readonly code: string; readonly text: string }
  | { readonly kind: "unavailable"; readonly saysWhen: boolean; readonly text: string }
  | { readonly kind: "lost"; readonly text: string };

/** Tries an operation at the server of a URL, once. */
export type Attempt = (
  url: string,
  operation: string,
  input: Readonly<Record<string, unknown>>,
) => Promise<Outcome>;

const PATIENCE_MS = 15_000;

/** As a script does. */
export function overRest(key: string): Attempt {
  return async (url, operation, { name, label, ...json }) => {
    const call = restClient(url, key);
    const prompt = `/v1/prompts/${name}`;
    try {
      const reply = await {
        create_prompt: () => call("POST", "/v1/prompts", { json: { name, ...json } }),
        update_prompt: () => call("PATCH", prompt, { json }),
        set_label: () => call("PUT", `${prompt}/labels/${label}`, { json }),
        get_prompt: () => call("GET", prompt),
        search_prompts: () => call("POST", "/v1/search", { json }),
        list_prompts: () => call("GET", `/v1/prompts?${new URLSearchParams(json as Record<string, string>)}`),
      }[operation]!();
      const { status, headers, text, body } = reply;
      if (status < 300) return { kind: "answer", body, text };
      if (status === 503) return { kind: "unavailable", saysWhen: headers.has("Retry-After"), text };
      return { kind: "refused", code: body?.code ?? String(status), text };
    } catch (error) {
      return { kind: "lost", text: reasonOf(error) };
    }
  };
}

/** As an agent does: the official client, one connection for each server. */
export function overMcp(key: string): Attempt & { readonly close: () => Promise<void> } {
  const clients = new Map<string, Client>();
  /** What the transport saw last: the client's own errors do not hold it. */
  const seen: { readonly saysWhen: boolean; readonly text: string }[] = [];

  async function watched(address: string | URL, init?: RequestInit): Promise<Response> {
    const response = await fetch(address, init);
    if (response.status === 503) {
      const text = await response.clone().text();
      seen.push({ saysWhen: response.headers.has("Retry-After"), text });
    }
    return response;
  }

  async function connected(url: string): Promise<Client> {
    const known = clients.get(url);
    if (known !== undefined) return known;
    const client = new Client(
      { name: "chaos", version: "1" },
      { versionNegotiation: { mode: { pin: "2026-07-28" } } },
    );
    const requestInit = { headers: { Authorization: `Bearer ${key}` } };
    const transport = new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
      requestInit,
      fetch: watched,
    });
    await client.connect(transport, { timeout: PATIENCE_MS });
    clients.set(url, client);
    return client;
  }

  const attempt: Attempt = async (url, name, input) => {
    seen.length = 0;
    try {
      const client = await connected(url);
      const result: Answer = await client.callTool(
        { name, arguments: { ...input } },
        { timeout: PATIENCE_MS },
      );
      const text = JSON.stringify(result);
      if (!result.isError) return { kind: "answer", body: result.structuredContent, text };
      const error = result._meta?.["promptforge/error"];
      if (error?.code !== "unavailable") return { kind: "refused", code: error?.code ?? "unknown", text };
      return { kind: "unavailable", saysWhen: typeof error.details.retry_after_seconds === "number", text };
    } catch (error) {
      clients.delete(url);
      const [refusal] = seen;
      return refusal === undefined
        ? { kind: "lost", text: reasonOf(error) }
        : { kind: "unavailable", ...refusal };
    }
  };
  return Object.assign(attempt, {
    async close() {
      await Promise.allSettled([...clients.values()].map((client) => client.close()));
    },
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : ` (${reasonOf(error.cause)})`;
  return `${error.message}${cause}`;
}
