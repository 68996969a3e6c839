import { createHash, randomBytes } from "node:crypto";
import { Browser } from "./browser.ts";
import type { Answer } from "./library.ts";
import { agreeing } from "./people.ts";
import { type Reply, restClient, type ServedLibrary } from "./rest.ts";

/** Where the script's authorization requests lead back to. */
export const REDIRECT = "http://127.0.0.1:4711/callback";

export const VERIFIER = randomBytes(32).toString("base64url");
export const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");

type Parameters = Readonly<Record<string, string | undefined>>;

export interface TokenReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Answer;
}

export interface Code {
  readonly clientId: string;
  readonly code: string;
  readonly callback: URL;
}

/** OAuth by hand: each step of the protocol, right but for what a test makes wrong. */
export function oauthScript(library: Pick<ServedLibrary, "url" | "stranger">) {
  const { url } = library;
  let known: Promise<string> | undefined;

  async function post(path: string, body: Record<string, string>): Promise<TokenReply> {
    const response = await fetch(`${url}${path}`, { method: "POST", body: new URLSearchParams(body) });
    const { status, headers } = response;
    return { status, headers, body: await response.json().catch(() => undefined) };
  }

  /** Registers a client with this metadata. */
  function register(metadata: Record<string, unknown> = {}): Promise<Reply> {
    const own = { redirect_uris: [REDIRECT], client_name: "Script", token_endpoint_auth_method: "none" };
    return library.stranger("POST", "/oauth/register", { json: { ...own, ...metadata } });
  }

  /** The id of the script's own client. */
  function client(): Promise<string> {
    known ??= register().then(({ body }) => body.client_id);
    return known;
  }

  /** The address of an authorization request. */
  function authorization(clientId: string, other: Parameters = {}): URL {
    const parameters = {
      response_type: "code",
      client_id: clientId,
      redirect_uri: REDIRECT,
      scope: "prompts:read prompts:write",
      resource: `${url}/mcp`,
      code_challenge: CHALLENGE,
      code_challenge_method: "S256",
      state: "a state",
      ...other,
    };
    const given = Object.entries(parameters).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    );
    return new URL(`${url}/oauth/authorize?${new URLSearchParams(given)}`);
  }

  /** A code by somebody who agrees. */
  async function code(other: Parameters = {}, person = agreeing(url, "ada")): Promise<Code> {
    const clientId = await client();
    const callback = await person(authorization(clientId, other));
    return { clientId, code: callback.searchParams.get("code") ?? "", callback };
  }

  function redeem({ clientId, code }: Code, other: Record<string, string> = {}): Promise<TokenReply> {
    const request = { grant_type: "authorization_code", client_id: clientId, code, redirect_uri: REDIRECT };
    return post("/oauth/token", { ...request, code_verifier: VERIFIER, ...other });
  }

  return {
    register,
    client,
    authorization,
    code,
    redeem,
    /** Tokens by somebody who agrees. */
    tokens: async (other: Parameters = {}): Promise<Answer> => (await redeem(await code(other))).body,
    async refresh(refreshToken: string, other: Record<string, string> = {}): Promise<TokenReply> {
      const request = { grant_type: "refresh_token", client_id: await client(), refresh_token: refreshToken };
      return post("/oauth/token", { ...request, ...other });
    },
    revoke: (token: string, clientId: string) => post("/oauth/revoke", { token, client_id: clientId }),
    /** Where the browser of somebody ends who opens an authorization request, without doing anything. */
    async opened(
      request: URL,
    ): Promise<{ away: URL | undefined; html: string; status: number; headers: Headers }> {
      const browser = new Browser(url);
      const away = await browser.open(request);
      const nothing = { html: "", status: 303, headers: new Headers() };
      return away === undefined ? { away, ...browser.page } : { away, ...nothing };
    },
    whoami: (token: string, path = "/v1/whoami") => restClient(url, token)("GET", path),
    async mcpStatus(token: string): Promise<number> {
      const call = { jsonrpc: "2.0", id: 1, method: "tools/list" };
      const headers = { Accept: "application/json, text/event-stream" };
      return (await restClient(url, token)("POST", "/mcp", { json: call, headers })).status;
    },
  };
}
