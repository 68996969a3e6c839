import { startServer } from "../../src/transports/http/server.ts";
import { type Answer, type Library, type LibraryOptions, openLibrary } from "./library.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The answer as JSON; `undefined` where it is none. */
  readonly body: Answer;
}

export interface RestCall {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Record<string, string>;
}

export type Rest = (method: string, path: string, call?: RestCall) => Promise<Reply>;

/** A script: `fetch` with a bearer credential. */
export function restClient(url: string, credential?: string): Rest {
  const authorization: Record<string, string> =
    credential === undefined ? {} : { Authorization: `Bearer ${credential}` };
  return async (
    method,
    path,
    { json, body = json === undefined ? null : JSON.stringify(json), headers } = {},
  ) => {
    const type: Record<string, string> = json === undefined ? {} : { "Content-Type": "application/json" };
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...authorization, ...type, ...headers },
      body,
      redirect: "manual",
    });
    const text = await response.text();
    const isJson = /\bjson\b/.test(response.headers.get("Content-Type") ?? "");
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson && text !== "" ? JSON.parse(text) : undefined,
    };
  };
}

export interface ServedLibrary extends Library {
  readonly url: string;
  /** A client without a credential. */
  readonly stranger: Rest;
  /** A client of somebody new, admin of a tenant of their own. */
  newcomer(username: string): Promise<Rest>;
}

/** A real library on a free port. The indexer rests: a test that wants meaning calls `app.indexer.drain()`. */
export async function serveLibrary(options: LibraryOptions = {}): Promise<ServedLibrary> {
  const library = await openLibrary({
    ...options,
    environment: { PROMPTFORGE_INDEXER: "false", ...options.environment },
  });
  const server = await startServer(library.app);
  // Not the server's own url: that may be a public one, which leads elsewhere.
  const url = `http://127.0.0.1:${server.port}`;
  return {
    ...library,
    url,
    stranger: restClient(url),
    newcomer: async (username) => restClient(url, await (await library.found(username)).key()),
    async close() {
      await server.close();
      await library.close();
    },
  };
}
