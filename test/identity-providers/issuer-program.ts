/**
 * An OpenID provider as a process of its own, as an organisation would run it: oidc-provider on loopback, which lets in
 * whoever the request hints at. It is told by messages what to do; see `issuer.ts`.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from "jose";
import { type ClientMetadata, type Configuration, type JWK, Provider } from "oidc-provider";
import type { Order, Outcome } from "./issuer.ts";

interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

let clients: ClientMetadata[] = [];
let people: Record<string, Record<string, unknown>> = {};
let keys: SigningKey[] = [await newKey()];
const requests: string[] = [];

const server = createServer((req, res) => void answer(req, res));
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;
const issuer = `http://127.0.0.1:${port}`;
let provider = newProvider();

async function newKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const kid = randomUUID();
  return { kid, privateKey, jwk: { ...(await exportJWK(privateKey)), kid, alg: "RS256", use: "sig" } as JWK };
}

function newProvider(): Provider {
  const configuration: Configuration = {
    clients,
    jwks: { keys: keys.map(({ jwk }) => jwk) },
    cookies: { keys: ["a test's own secret"] },
    scopes: ["openid", "profile", "email", "groups"],
    claims: {
      openid: ["sub"],
      profile: ["preferred_username"],
      email: ["email", "email_verified"],
      groups: ["groups", "org"],
    },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: async (_ctx, resource) => ({
          audience: resource,
          scope: "prompts:read prompts:write prompts:review tenant:admin",
          accessTokenFormat: "jwt",
          accessTokenTTL: 300,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    extraTokenClaims: async (_ctx, token) =>
      "accountId" in token ? people[token.accountId ?? ""] : undefined,
    findAccount: async (_ctx, sub) =>
      people[sub] && { accountId: sub, claims: async () => ({ sub, ...people[sub] }) },
  };
  const made = new Provider(issuer, configuration);
  made.on("server_error", (_ctx, error) => console.error(error));
  return made;
}

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const path = req.url ?? "";
  requests.push(path.replace(/\?.*/, ""));
  if (path.startsWith("/interaction/")) await signIn(req, res);
  else await provider.callback()(req, res);
}

/** Whoever the request hints at has signed in, and consents to all that the client asks for. */
async function signIn(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(req, res);
  if (prompt.name === "login") {
    const accountId = String(params["login_hint"]);
    return provider.interactionFinished(req, res, { login: { accountId } });
  }
  const clientId = String(params["client_id"]);
  const accountId = session?.accountId ?? "";
  const grant =
    (grantId && (await provider.Grant.find(grantId))) || new provider.Grant({ accountId, clientId });
  const scope = String(params["scope"]);
  grant.addOIDCScope(scope);
  for (const resource of [params["resource"] ?? []].flat()) grant.addResourceScope(String(resource), scope);
  await provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } });
}

const orders: { [Name in Order["order"]]: (order: Extract<Order, { order: Name }>) => Promise<unknown> } = {
  /** Registers clients and people, and forgets those there were. */
  async world(order) {
    clients = [...order.clients];
    people = order.people;
    provider = newProvider();
  },
  /** Signs with a new key from now on; those before it are published for as long as `keepsOld` says. */
  async rotate({ keepsOld }) {
    keys = [await newKey(), ...(keepsOld ? keys : [])];
    provider = newProvider();
  },
  /** Signs any claims, with the issuer's own key or one that it does not publish. */
  async mint({ claims, header, foreign }) {
    const { kid, privateKey } = foreign ? await newKey() : keys[0]!;
    const [first] = keys;
    const named: JWTHeaderParameters = {
      alg: "RS256",
      typ: "at+jwt",
      kid: foreign ? first!.kid : kid,
      ...header,
    };
    for (const [name, value] of Object.entries(named)) if (value === null) delete named[name];
    return new SignJWT(claims).setProtectedHeader(named).sign(privateKey);
  },
  async requests() {
    return requests.splice(0);
  },
  /** Takes no connections, as when it is down. */
  async down() {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  },
  async up() {
    await once(server.listen(port, "127.0.0.1"), "listening");
  },
};

process.on("message", (order: Order & { id: number }) => {
  const run = orders[order.order] as (order: Order) => Promise<unknown>;
  const reply = (outcome: Outcome) => process.send?.(outcome);
  run(order).then(
    (result) => reply({ id: order.id, result }),
    (error: unknown) => reply({ id: order.id, error: String(error) }),
  );
});
process.send?.({ id: 0, result: issuer } satisfies Outcome);
