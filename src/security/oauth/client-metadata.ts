import type { Configuration } from "oidc-provider";
import { asLine } from "../../domain/plain-text.ts";

type Rules = NonNullable<Configuration["extraClientMetadata"]>;
type Metadata = Parameters<NonNullable<Rules["validator"]>>[3];

/** What the server speaks; clients are of this kind when they do not say otherwise. */
export const CLIENT_DEFAULTS = {
  application_type: "web",
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: "none",
  id_token_signed_response_alg: "EdDSA",
} as const;

/** In characters; people, the audit and lists are shown it. */
const LONGEST_NAME = 200;

export const CLIENT_AUTH_METHODS = ["none", "private_key_jwt"] as const;

/**
 * Takes clients as they come [RFC 7591, section 2: the server may replace what they ask for]. Registering ones list grants
 * that they could use, secrets that they could keep, and the scopes of their first request; what is not served here is
 * left out, rather than to send the client away.
 */
export const clientMetadataRules: Rules = {
  // The hook is called once for each name here, after the defaults and before the library's own checks.
  properties: ["software_id"],
  validator(_ctx, _key, softwareId, metadata) {
    if (softwareId !== undefined && typeof softwareId !== "string") delete metadata["software_id"];
    const { client_name: name } = metadata;
    if (typeof name === "string") metadata.client_name = [...asLine(name)].slice(0, LONGEST_NAME).join("");
    metadata.application_type = applicationType(metadata);
    metadata.grant_types = served(metadata.grant_types, CLIENT_DEFAULTS.grant_types);
    metadata.response_types = served(metadata.response_types, CLIENT_DEFAULTS.response_types);
    // A secret that anybody can register for proves nothing beyond PKCE, and would be stored readably. The library makes one also
    // for who asks for no method.
    if (metadata.token_endpoint_auth_method?.startsWith("client_secret") === true) {
      metadata.token_endpoint_auth_method = "none";
    }
    delete metadata.client_secret;
    delete metadata.client_secret_expires_at;
    // Consent decides, for each request: a client registers with the scopes of its first one and asks for more later.
    delete metadata.scope;
  },
};

/**
 * Only a native client may be sent anywhere but to https: to a loopback address, then on any port [RFC 8252, section 7.3],
 * or to an app's own scheme. Older clients do not say that they are one.
 */
function applicationType({ redirect_uris: uris, application_type: type }: Metadata): "native" | "web" {
  const elsewhere = uris?.some((uri) => URL.parse(uri)?.protocol !== "https:") ?? false;
  return elsewhere ? "native" : (type ?? CLIENT_DEFAULTS.application_type);
}

function served<Value extends string>(asked: readonly string[] | undefined, ours: readonly Value[]): Value[] {
  const kept = ours.filter((value) => asked?.includes(value) ?? true);
  return kept.length > 0 ? kept : [...ours];
}
