import { type Configuration, errors, type KoaContextWithOIDC, Provider } from "oidc-provider";
import { GRANT_SECONDS } from "../../domain/client-grants.ts";
import type { Storage } from "../../domain/ports/storage.ts";
import { SCOPES } from "../../domain/roles.ts";
import { derivedKey } from "../derived-key.ts";
import { SIGNING_ALGORITHM } from "../signing-keys.ts";
import { CLIENT_AUTH_METHODS, CLIENT_DEFAULTS, clientMetadataRules } from "./client-metadata.ts";
import { type EndGrant, recordAdapter } from "./record-adapter.ts";
import type { ServerSigningKey } from "./signing-key.ts";

/** What the authorization server is for; by whoever mounts it. */
export interface ProviderSettings {
  /** Its address, without a slash at the end. */
  readonly issuer: string;
  /** The protected resources that tokens may be for. */
  readonly resources: readonly string[];
  /** Asked for where a client does not say what it needs. */
  readonly defaultScopes: readonly string[];
  /** Whether clients may register themselves, beside those that publish their metadata at an address. */
  readonly registration: boolean;
  readonly accessTokenSeconds: number;
  /** Where a browser is sent to sign in and to consent. */
  readonly interactionUrl: (uid: string) => string;
  /** Shows an error to a person whose client cannot be told. */
  readonly renderError: (
    ctx: KoaContextWithOIDC,
    error: { error: string; error_description?: string | undefined },
  ) => void;
}

export interface ProviderParts {
  readonly storage: Storage;
  readonly endGrant: EndGrant;
  readonly signingKey: ServerSigningKey;
  /** 32 bytes; the keys of cookies and forms are derived from it. */
  readonly secret: Uint8Array;
  /** For client metadata documents and clients' keys: addresses that others name. */
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>;
}

export const ROUTES = {
  authorization: "/oauth/authorize",
  token: "/oauth/token",
  registration: "/oauth/register",
  revocation: "/oauth/revoke",
  end_session: "/oauth/session/end",
  jwks: "/.well-known/jwks.json",
} as const;

/** A client that does not come back for this long signs in again. */
const REFRESH_TOKEN_SECONDS = 30 * 24 * 60 * 60;
/** How long a browser stays signed in to the pages, in which it still asks for each consent. */
const SESSION_SECONDS = 12 * 60 * 60;
/** For signing in and consenting. */
const INTERACTION_SECONDS = 30 * 60;

/**
 * The authorization server [OAuth 2.1; RFC 8414, 7591, 7009, 8707, 9207, 9068; client-id metadata documents]: oidc-provider,
 * set up so that it does what is needed here and nothing else. Every protocol rule is the library's.
 */
export function createProvider(settings: ProviderSettings, parts: ProviderParts): Provider {
  const provider = new Provider(settings.issuer, configuration(settings, parts));
  const { pathname, protocol, host } = new URL(settings.issuer);
  provider.proxy = true;
  provider.on("authorization.error", keepHere);
  provider.use(async (ctx, next) => {
    // The addresses that it gives out are made of the request's. Ours is known: it does not depend on what a client, or a proxy
    // before which TLS ends, says.
    ctx.req.headers["x-forwarded-proto"] = protocol.slice(0, -1);
    ctx.req.headers["x-forwarded-host"] = host;
    ctx["mountPath"] = pathname === "/" ? "" : pathname;
    if (ctx.path === ROUTES.authorization && !ctx.query["scope"]) {
      ctx.query = { ...ctx.query, scope: settings.defaultScopes.join(" ") };
    }
    await next();
    if (ctx.path.startsWith("/.well-known/") && typeof ctx.body === "object") {
      Object.assign(ctx.body ?? {}, { scopes_supported: [...SCOPES, "offline_access"] });
    }
  });
  return provider;
}

/**
 * Anybody may register a client with any address, and a request that is wrong, or may not ask a person anything (`prompt=none`),
 * would lead there at once: a link to us that ends at a stranger's site [RFC 9700, section 4.11.2]. Such an error is told on our page;
 * who has decided something on the pages goes back to the client, and so does everybody to a program on their own machine.
 */
function keepHere({ oidc }: KoaContextWithOIDC, error: errors.OIDCProviderError): void {
  const redirectUri = URL.parse(String(oidc.params?.["redirect_uri"]));
  const isOwnMachine = redirectUri?.protocol === "http:";
  if (oidc.route === "authorization" && !isOwnMachine) error.allow_redirect = false;
}

function configuration(settings: ProviderSettings, parts: ProviderParts): Configuration {
  const { storage, signingKey, endGrant } = parts;
  return {
    adapter: (kind) => recordAdapter(storage, endGrant, kind),
    jwks: { keys: [signingKey] },
    routes: ROUTES,
    scopes: ["openid", "offline_access"],
    claims: { openid: ["sub"] },
    responseTypes: ["code"],
    subjectTypes: ["public"],
    clientAuthMethods: [...CLIENT_AUTH_METHODS],
    clientDefaults: CLIENT_DEFAULTS,
    extraClientMetadata: clientMetadataRules,
    enabledJWA: { idTokenSigningAlgValues: [SIGNING_ALGORITHM] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    // A client works on when the browser that let it in is closed.
    expiresWithSession: async () => false,
    ttl: {
      AccessToken: settings.accessTokenSeconds,
      AuthorizationCode: 60,
      Grant: GRANT_SECONDS,
      IdToken: settings.accessTokenSeconds,
      Interaction: INTERACTION_SECONDS,
      RefreshToken: REFRESH_TOKEN_SECONDS,
      Session: SESSION_SECONDS,
    },
    cookies: {
      keys: [derivedKey(parts.secret, "oauth cookies")],
      names: { session: "pf_session", interaction: "pf_sign_in", resume: "pf_resume" },
      long: { signed: true, httpOnly: true, sameSite: "lax" },
      short: { signed: true, httpOnly: true, sameSite: "lax" },
    },
    interactions: { url: (_ctx, { uid }) => settings.interactionUrl(uid) },
    features: features(settings, signingKey),
    fetch: (input, init) => parts.fetch(input instanceof Request ? input.url : input, init),
    // Pages of other sites are kept out before this is reached.
    clientBasedCORS: () => true,
    renderError: (ctx, out) => settings.renderError(ctx, out),
    /** Whoever signed in is somebody; a grant is theirs for as long as they are a member of its tenant. */
    async findAccount(_ctx, userId, token) {
      const grantId = token?.grantId;
      const grantor = grantId && (await storage.directory.read(({ oauth }) => oauth.findGrantor(grantId)));
      if (grantId !== undefined && (!grantor || grantor.userId !== userId)) return undefined;
      return { accountId: userId, claims: () => ({ sub: userId }) };
    },
    // Consent is asked for each time: the client of a machine's loopback address could be any program on it.
    async loadExistingGrant(ctx) {
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId);
    },
    async extraTokenClaims(_ctx, token) {
      const grantId = "grantId" in token ? token.grantId : undefined;
      const member = grantId && (await storage.directory.read(({ oauth }) => oauth.findGrantor(grantId)));
      if (!member) throw new errors.InvalidGrant("the grant has ended");
      return { tenant_id: member.tenantId, grant_id: grantId };
    },
  };
}

function features(settings: ProviderSettings, { kid }: ServerSigningKey): Configuration["features"] {
  const resources = new Set(settings.resources);
  return {
    devInteractions: { enabled: false },
    userinfo: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    // Tokens that are bound to a client's key would have to be held against it at each call.
    dPoP: { enabled: false },
    revocation: {
      enabled: true,
      allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
    },
    registration: { enabled: settings.registration, issueRegistrationAccessToken: false },
    clientIdMetadataDocument: { enabled: true, ack: "draft-02" },
    externalSigningSupport: { enabled: true, ack: "experimental-01" },
    resourceIndicators: {
      enabled: true,
      defaultResource: async (_ctx, _client, oneOf) => {
        if (oneOf !== undefined) return oneOf;
        throw new errors.InvalidTarget("name the resource that the token is for");
      },
      useGrantedResource: async () => true,
      async getResourceServerInfo(_ctx, resource) {
        if (!resources.has(resource)) throw new errors.InvalidTarget("there is no such resource here");
        return {
          audience: resource,
          scope: SCOPES.join(" "),
          accessTokenTTL: settings.accessTokenSeconds,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: SIGNING_ALGORITHM, kid } },
        };
      },
    },
  };
}
