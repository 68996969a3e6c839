import type { Scope } from "../../domain/roles.ts";
import type { PendingAuthorization } from "../../security/oauth/authorization-server.ts";

/** What a client may do with a scope, as it follows "Allow it to:". */
export const SCOPE_WORDS: Readonly<Record<Scope, string>> = {
  "prompts:read": "read and search prompts",
  "prompts:write": "create, change and archive prompts, and see those it changes",
  "prompts:review": "review versions of prompts",
  "tenant:admin": "administer the tenant: its members, keys and audit",
};

const LONGEST_NAME = 60;

/**
 * How a client is called on the pages. A client chooses its name itself, so that a long one is cut, and parentheses, which tell the
 * site that answers for one, are none in it.
 */
export function clientWords({ id, name: given, published }: PendingAuthorization["client"]): string {
  const host = published ? new URL(id).host : undefined;
  if (given === undefined) return host ?? "An app without a name";
  const name = given.replace(/[(（⁽₍﹙❨❪⟮⦅｟⸨﴾]/g, "[").replace(/[)）⁾₎﹚❩❫⟯⦆｠⸩﴿]/g, "]");
  const short = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
  return host === undefined ? short : `${short} (${host})`;
}

export function originWords({ published }: PendingAuthorization["client"]): string {
  return published
    ? "The name in parentheses is the site that answers for this app."
    : "The app gave its name itself: allow it only if you have just started this from it.";
}

/** Where the browser goes with the access. */
export function destinationWords(redirectUri: string): string {
  const { protocol, hostname, host } = new URL(redirectUri);
  if (["localhost", "127.0.0.1", "[::1]"].includes(hostname))
    return "The access goes to a program on this computer.";
  if (protocol === "https:") return `The access goes to ${host}.`;
  return `The access goes to the app that opens ${protocol} links on this computer.`;
}
