import { z } from "zod";

/** A sign-in of a person to one of their tenants. It lives on by its refresh token. */
export interface Session {
  readonly id: string;
  readonly tenantId: string;
  readonly userId: string;
  /** Of what all its refresh tokens have in common, and of the one that is good. Without, it ends with its access token. */
  readonly refresh: { readonly familyHash: string; readonly tokenHash: string } | undefined;
  /** The network address that it was begun from. */
  readonly address: string | undefined;
  readonly createdAt: Date;
  /** When its refresh token was used last. */
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
}

/** A session as its owner sees it. */
export interface ListedSession extends Session {
  readonly tenantName: string;
}

export const sessionSchema = z.object({
  id: z.string(),
  current: z.boolean().describe("Whether it is the one that asks"),
  tenant_id: z.string(),
  tenant: z.string().describe("Name of the tenant"),
  address: z.string().nullable().describe("The network address that it was begun from"),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().describe("When it was renewed last: to within the life of an access token"),
  expires_at: z.iso.datetime().describe("When it ends unless it is renewed before"),
});

export function sessionView(
  session: ListedSession,
  current: string | undefined,
): z.infer<typeof sessionSchema> {
  return {
    id: session.id,
    current: session.id === current,
    tenant_id: session.tenantId,
    tenant: session.tenantName,
    address: session.address ?? null,
    created_at: session.createdAt.toISOString(),
    last_used_at: session.lastUsedAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
  };
}
