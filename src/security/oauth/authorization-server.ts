import { createHmac } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { errors, type Interaction, type Provider } from "oidc-provider";
import { AppError } from "../../domain/errors.ts";
import { SCOPES, type Scope } from "../../domain/roles.ts";
import { derivedKey } from "../derived-key.ts";
import type { SigningKeys } from "../signing-keys.ts";
import { createProvider, type ProviderParts, type ProviderSettings, ROUTES } from "./provider.ts";
import { currentSigningKey } from "./signing-key.ts";

export type AuthorizationServerSettings = ProviderSettings;

/** An authorization request in the middle of which a person is asked to sign in or to consent. */
export interface PendingAuthorization {
  /** Names the request, and its pages. */
  readonly uid: string;
  readonly step: "sign-in" | "consent";
  /** Who has signed in. */
  readonly userId: string | undefined;
  readonly client: {
    readonly id: string;
    /** As it calls itself; nobody has checked that. */
    readonly name: string | undefined;
    /** Whether the id is the address at which the client publishes its metadata: then its host is who it is. */
    readonly published: boolean;
  };
  /** Where the browser goes in the end. */
  readonly redirectUri: string;
  /** What the client asks for, of what there is. */
  readonly scopes: readonly Scope[];
  readonly usernameHint: string | undefined;
  /** What was kept with `remember`. */
  readonly remembered: unknown;
  /** The identity provider by which they have signed in, if by one, and the tenants that it opens for them. */
  readonly signedInBy: SignedInBy | undefined;
  /** Goes into each form of the request's pages and comes back with it. */
  readonly formToken: string;
}

export interface SignedInBy {
  readonly provider: string;
  readonly tenantIds: readonly string[];
}

export interface SignedInUser {
  readonly userId: string;
  /** Where they have signed in at an identity provider. */
  readonly by?: SignedInBy;
  /** Rejects where what they showed is good no longer. */
  readonly requireProven?: () => Promise<void>;
}

export interface GrantedAuthorization {
  readonly grantId: string;
  readonly scopes: readonly Scope[];
}

/**
 * The authorization server as the web pages use it. What takes a request and a response reads the request's cookies, and
 * throws `not_found` when they name no authorization request that waits.
 */
export interface AuthorizationServer {
  /** Answers a request to one of the paths below. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Where its metadata is [RFC 8414; OpenID Connect Discovery]. */
  readonly metadataPaths: readonly string[];
  /** Below this it answers everything else. */
  readonly path: string;
  /** Where clients register themselves, below that. */
  readonly registrationPath: string;
  pending(req: IncomingMessage, res: ServerResponse): Promise<PendingAuthorization>;
  /** Keeps something for the request until it goes on. */
  remember(req: IncomingMessage, res: ServerResponse, what: unknown): Promise<void>;
  /**
   * Goes on with somebody who has proved who they are, here or at an identity provider. Rejects as `requireProven` does, which
   * is asked when the request is theirs already: it ends with all else of theirs from then on, so that no change slips between.
   */
  signedIn(req: IncomingMessage, res: ServerResponse, who: SignedInUser): Promise<void>;
  /** Sends the browser back to the client with a code. */
  granted(req: IncomingMessage, res: ServerResponse, grant: GrantedAuthorization): Promise<void>;
  /** Sends the browser back to the client with `access_denied`. */
  denied(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Signs the browser out and starts the request anew. */
  signedOut(req: IncomingMessage, res: ServerResponse): Promise<void>;
}

export function createAuthorizationServer(
  settings: AuthorizationServerSettings,
  parts: Omit<ProviderParts, "signingKey"> & {
    readonly keys: SigningKeys;
    readonly onError: (error: unknown) => void;
  },
): AuthorizationServer {
  const { storage, keys, onError } = parts;
  const formKey = derivedKey(parts.secret, "oauth forms");
  let current:
    | { readonly kid: string; readonly provider: Provider; readonly answer: ReturnType<Provider["callback"]> }
    | undefined;

  /** The library takes its key once: when another one signs, there is another provider, over the same records. */
  async function serving() {
    const { kid } = await keys.signer();
    if (current?.kid !== kid) {
      const signingKey = await currentSigningKey(keys);
      const made = createProvider(settings, { ...parts, signingKey });
      made.on("server_error", (_ctx, error) => onError(error));
      current = { kid: signingKey.kid, provider: made, answer: made.callback() };
    }
    return current;
  }

  async function waiting(req: IncomingMessage, res: ServerResponse) {
    const { provider: server } = await serving();
    try {
      return { server, request: await server.interactionDetails(req, res) };
    } catch (error) {
      if (error instanceof errors.SessionNotFound) throw over();
      throw error;
    }
  }

  async function finish(
    req: IncomingMessage,
    res: ServerResponse,
    result: Parameters<Provider["interactionResult"]>[2],
    check: () => Promise<void> = async () => undefined,
  ) {
    const { server } = await waiting(req, res);
    const location = await server.interactionResult(req, res, result);
    try {
      await check();
    } catch (refusal) {
      await server.interactionResult(req, res, {}, { mergeWithLastSubmission: false });
      throw refusal;
    }
    res.writeHead(303, { Location: location, "Cache-Control": "no-store", "Content-Length": "0" }).end();
  }

  return {
    metadataPaths: ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"],
    path: "/oauth",
    registrationPath: ROUTES.registration,
    async handle(req, res) {
      const { answer } = await serving();
      await answer(req, res);
    },

    async pending(req, res) {
      const { server, request } = await waiting(req, res);
      const client = await clientOf(server, request);
      return {
        uid: request.uid,
        step: request.prompt.name === "login" ? "sign-in" : "consent",
        userId: request.session?.accountId,
        client: { id: client.clientId, name: client.clientName, published: URL.canParse(client.clientId) },
        redirectUri: paramOf(request, "redirect_uri"),
        scopes: scopesOf(request),
        usernameHint: paramOf(request, "login_hint") || undefined,
        remembered: request.result?.["remembered"],
        signedInBy: signedInBy(request.session?.amr),
        formToken: createHmac("sha256", formKey).update(request.uid).digest("base64url"),
      };
    },

    async remember(req, res, what) {
      const { server } = await waiting(req, res);
      await server.interactionResult(req, res, { remembered: what });
    },

    signedIn: (req, res, { userId, by, requireProven }) =>
      finish(req, res, { login: { accountId: userId, ...(by && { amr: methodsOf(by) }) } }, requireProven),

    async granted(req, res, { grantId, scopes }) {
      const { server, request } = await waiting(req, res);
      const grant = new server.Grant({
        accountId: request.session?.accountId,
        clientId: paramOf(request, "client_id"),
      });
      grant.jti = grantId;
      const refused = scopesOf(request).filter((scope) => !scopes.includes(scope));
      for (const resource of [request.params["resource"]].flat().map(String)) {
        grant.addResourceScope(resource, scopes.join(" "));
        if (refused.length > 0) grant.rejectResourceScope(resource, refused.join(" "));
      }
      grant.addOIDCScope("openid offline_access");
      await grant.save();
      await finish(req, res, { consent: { grantId } });
    },

    denied: (req, res) =>
      finish(req, res, { error: "access_denied", error_description: "the user refused access" }),

    async signedOut(req, res) {
      const { request } = await waiting(req, res);
      const uid = request.session?.uid;
      await storage.directory.write(async ({ oauth }) => {
        const session = uid === undefined ? undefined : await oauth.findByUid("Session", uid, new Date());
        if (session !== undefined) await oauth.remove(session.kind, session.id);
      });
      await request.destroy();
      const again = new URLSearchParams(Object.entries(request.params).flatMap(pairs));
      res
        .writeHead(303, {
          Location: `${settings.issuer}${ROUTES.authorization}?${again}`,
          "Cache-Control": "no-store",
        })
        .end();
    },
  };
}

/** The client of a request; its metadata document may have to be fetched again, and may be gone. */
async function clientOf(server: Provider, request: Interaction) {
  try {
    const client = await server.Client.find(paramOf(request, "client_id"));
    if (client !== undefined) return client;
  } catch (error) {
    if (!(error instanceof errors.OIDCProviderError)) throw error;
  }
  throw over();
}

const PROVIDER_METHOD = "provider:";
const TENANT_METHOD = "tenant:";

/** As methods of authentication (`amr`), which the browser's session keeps with the person. */
function methodsOf({ provider, tenantIds }: SignedInBy): string[] {
  return [`${PROVIDER_METHOD}${provider}`, ...tenantIds.map((id) => `${TENANT_METHOD}${id}`)];
}

function signedInBy(methods: readonly string[] = []): SignedInBy | undefined {
  const [provider] = withPrefix(methods, PROVIDER_METHOD);
  return provider === undefined ? undefined : { provider, tenantIds: withPrefix(methods, TENANT_METHOD) };
}

function withPrefix(texts: readonly string[], prefix: string): string[] {
  return texts.filter((text) => text.startsWith(prefix)).map((text) => text.slice(prefix.length));
}

function scopesOf(request: Interaction): Scope[] {
  const asked = paramOf(request, "scope").split(" ");
  return SCOPES.filter((scope) => asked.includes(scope));
}

function paramOf({ params }: Interaction, name: string): string {
  const value = params[name];
  return typeof value === "string" ? value : "";
}

function pairs([name, value]: [string, unknown]): [string, string][] {
  return [value].flat().flatMap((each) => (typeof each === "string" ? [[name, each]] : []));
}

function over(): AppError {
  return new AppError(
    "not_found",
    "This sign-in is over: it was finished, has expired, or was begun in another browser. Go back to your app and start again.",
  );
}
