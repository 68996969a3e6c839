import { z } from "zod";
import { permissionsOf, type Role, SCOPES, type Scope } from "./roles.ts";

/** How long a client may act for a member before it has to ask again, in seconds, however often it renews its tokens. */
export const GRANT_SECONDS = 180 * 24 * 60 * 60;

/** Why a grant ended before its time. */
export type GrantEnd = "given_up" | "token_reused";

/** A client as it called itself when it was let in; nobody has checked the name. */
export interface GrantedClient {
  /** The address of its metadata, where it publishes some. */
  readonly id: string;
  readonly name: string | undefined;
}

/** What somebody lets a client do in one of their tenants, as they see it. */
export interface ListedGrant {
  readonly id: string;
  /** `undefined`: let in before that was kept. */
  readonly client: GrantedClient | undefined;
  readonly tenantId: string;
  readonly tenantName: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export const connectedAppSchema = z.object({
  id: z.string(),
  app: z.string().nullable().describe("As it calls itself"),
  client_id: z.string().nullable().describe("An address is where the app publishes who it is"),
  tenant_id: z.string(),
  tenant: z.string().describe("Name of the tenant in which it acts"),
  scopes: z.array(z.enum(SCOPES)).describe("What it may do, within your role"),
  allowed_at: z.iso.datetime(),
  expires_at: z.iso.datetime().describe("When it has to ask again"),
});

export function connectedAppView(grant: ListedGrant): z.infer<typeof connectedAppSchema> {
  return {
    id: grant.id,
    app: grant.client?.name ?? null,
    client_id: grant.client?.id ?? null,
    tenant_id: grant.tenantId,
    tenant: grant.tenantName,
    scopes: [...grant.scopes],
    allowed_at: grant.createdAt.toISOString(),
    expires_at: grant.expiresAt.toISOString(),
  };
}

/** Those of some scopes that a member's role allows. */
export function allowedScopes(role: Role, scopes: readonly Scope[]): Scope[] {
  const allowed = permissionsOf(role);
  return scopes.filter((scope) => allowed.has(scope));
}
