import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Role } from "../../src/domain/roles.ts";
import { openLibrary } from "../support/library.ts";
import { type Rest, restClient, type ServedLibrary, serveLibrary } from "../support/rest.ts";
import type { OutsideIssuer } from "./issuer.ts";

/** What the tokens of the tests' issuers are for. */
export const AUDIENCE = "https://prompts.test/mcp";

/** The secret of the server's own client at the issuer, in the variable `ACME_SECRET`. */
export const SECRET = "a secret that only the two know";

/** A provider as the operator's file has it, with the tenants of Ann and of Ben by their names. */
export type GivenProvider = Record<string, unknown> & { readonly tenants: readonly string[] };

export interface World extends ServedLibrary {
  readonly tenantIds: { readonly ann: string; readonly ben: string };
  /** A client with a token of the issuer with these claims, laid over the usual ones. */
  bearer(claims: Record<string, unknown>): Promise<Rest>;
  /** The usual claims of a token, that is good for the next five minutes. */
  claims(subject: string): Record<string, unknown>;
}

/**
 * A served library with two tenants: Ann's, with a second admin and a viewer, and Ben's. People of an issuer outside come in by
 * the settings given.
 */
export async function openWorld(
  issuer: OutsideIssuer,
  provider: GivenProvider | ((tenantIds: World["tenantIds"]) => GivenProvider),
): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), "promptforge-providers-"));
  const tenantIds = await foundTenants(dataDir);
  const given = typeof provider === "function" ? provider(tenantIds) : provider;
  const file = join(dataDir, "providers.json");
  const configured = {
    name: "acme",
    title: "Acme",
    issuer: issuer.url,
    access_tokens: { audiences: [AUDIENCE] },
    ...given,
    tenants: given.tenants.map(
      (name) => Object.entries(tenantIds).find(([founder]) => founder === name)?.[1] ?? name,
    ),
  };
  await writeFile(file, JSON.stringify({ providers: [configured] }));
  const served = await serveLibrary({
    dataDir,
    environment: {
      PROMPTFORGE_IDENTITY_PROVIDERS: file,
      PROMPTFORGE_OUTGOING_ALLOW: issuer.url,
      ACME_SECRET: SECRET,
    },
  });
  const claims = (subject: string) => {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: issuer.url,
      aud: AUDIENCE,
      sub: subject,
      iat: now,
      exp: now + 300,
      jti: randomUUID(),
      scope: "prompts:read prompts:write prompts:review tenant:admin",
    };
  };
  return {
    ...served,
    tenantIds,
    claims,
    bearer: async (given) =>
      restClient(served.url, await issuer.mint({ claims: { ...claims("ada"), ...given } })),
    async close() {
      await served.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function foundTenants(dataDir: string): Promise<World["tenantIds"]> {
  const library = await openLibrary({ dataDir });
  try {
    const ann = await library.found("ann");
    const ben = await library.found("ben");
    const { tenantId } = ann.caller;
    await addMember(library, tenantId, "amy", "admin");
    await addMember(library, tenantId, "ash", "viewer");
    return { ann: tenantId, ben: ben.caller.tenantId };
  } finally {
    await library.close();
  }
}

/** Somebody who belongs to one tenant and no other. */
async function addMember(
  { app }: Pick<ServedLibrary, "app">,
  tenantId: string,
  username: string,
  role: Role,
): Promise<void> {
  const user = { id: randomUUID(), username, passwordHash: undefined, createdAt: new Date() };
  await app.storage.directory.write(async (store) => {
    await store.insertUser(user);
    await store.insertMember(tenantId, user.id, role);
  });
}
