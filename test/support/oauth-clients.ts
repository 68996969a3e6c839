import {
  Client,
  type OAuthClientMetadata,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import { UnauthorizedError as UnauthorizedErrorV1 } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as StreamableHTTPClientTransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { AnyClient } from "./sessions.ts";

/** Takes a person through the pages at an address; gives where their browser was sent in the end. */
export type Person = (authorizationUrl: URL) => Promise<URL>;

/** What a client remembers, and what it did. Both generations of the official client take it for their provider. */
export class ClientMemory implements OAuthClientProvider {
  readonly redirectUrl = "http://127.0.0.1:53682/callback";
  readonly clientMetadata: OAuthClientMetadata;
  /** The addresses to which it sent its person. */
  readonly sent: URL[] = [];
  readonly #remembered = new Map<string, unknown>();

  constructor(metadata: Partial<OAuthClientMetadata> = {}) {
    this.clientMetadata = {
      client_name: "Test client",
      redirect_uris: [this.redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      ...metadata,
    };
  }

  // biome-ignore lint/suspicious/noExplicitAny: each generation of the SDK has types of its own for what is kept here
  #recall(name: string): any {
    return this.#remembered.get(name);
  }

  clientInformation = () => this.#recall("client");
  saveClientInformation = (client: unknown) => void this.#remembered.set("client", client);
  tokens = () => this.#recall("tokens");
  saveTokens = (tokens: unknown) => void this.#remembered.set("tokens", tokens);
  codeVerifier = () => this.#recall("verifier");
  saveCodeVerifier = (verifier: string) => void this.#remembered.set("verifier", verifier);
  discoveryState = () => this.#recall("discovery");
  saveDiscoveryState = (state: unknown) => void this.#remembered.set("discovery", state);
  state = () => "a state";
  redirectToAuthorization = (url: URL) => void this.sent.push(url);
}

export interface OAuthConnection {
  readonly client: AnyClient;
  readonly memory: ClientMemory;
  /** Does something as the client; where that needs more scopes, asks the person for them and tries again. */
  withStepUp<Result>(work: (client: AnyClient) => Promise<Result>): Promise<Result>;
}

/** Connects without a credential: finds out by itself how to come in, sends the person there, and comes back with tokens. */
export const OAUTH_CLIENTS = {
  "the v2 client": async (
    url: string,
    person: Person,
    memory = new ClientMemory(),
  ): Promise<OAuthConnection> => {
    const open = () => new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { authProvider: memory });
    let transport = open();
    let client = new Client(
      { name: "test", version: "2" },
      { versionNegotiation: { mode: { pin: "2026-07-28" } } },
    );
    const authorize = async () => {
      const callback = await person(last(memory));
      await transport.finishAuth(callback.searchParams);
    };
    try {
      await client.connect(transport);
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      await authorize();
      transport = open();
      client = new Client(
        { name: "test", version: "2" },
        { versionNegotiation: { mode: { pin: "2026-07-28" } } },
      );
      await client.connect(transport);
    }
    return { client, memory, withStepUp: (work) => retried(client, work, authorize) };
  },
  "the v1 client": async (
    url: string,
    person: Person,
    memory = new ClientMemory(),
  ): Promise<OAuthConnection> => {
    const open = () =>
      new StreamableHTTPClientTransportV1(new URL(`${url}/mcp`), {
        authProvider: memory as unknown as NonNullable<
          ConstructorParameters<typeof StreamableHTTPClientTransportV1>[1]
        >["authProvider"] & {},
      });
    let transport = open();
    let client = new ClientV1({ name: "test", version: "1" });
    const authorize = async () => {
      const callback = await person(last(memory));
      await transport.finishAuth(callback.searchParams.get("code") ?? "");
    };
    const connect = () => client.connect(transport as Parameters<ClientV1["connect"]>[0]);
    try {
      await connect();
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      await authorize();
      transport = open();
      client = new ClientV1({ name: "test", version: "1" });
      await connect();
    }
    const any = client as unknown as AnyClient;
    return { client: any, memory, withStepUp: (work) => retried(any, work, authorize) };
  },
};

async function retried<Result>(
  client: AnyClient,
  work: (client: AnyClient) => Promise<Result>,
  authorize: () => Promise<void>,
): Promise<Result> {
  try {
    return await work(client);
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
    await authorize();
    return work(client);
  }
}

/** Both say so when the person has to be asked. */
function isUnauthorized(error: unknown): boolean {
  return error instanceof UnauthorizedError || error instanceof UnauthorizedErrorV1;
}

function last({ sent }: ClientMemory): URL {
  const url = sent.at(-1);
  if (url === undefined) throw new Error("The client sent its person nowhere");
  return url;
}
