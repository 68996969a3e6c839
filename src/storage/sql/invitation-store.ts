import { and, desc, eq, getTableColumns, gt, isNull, lt, or, sql } from "drizzle-orm";
import type { FoundInvitation, Invitation } from "../../domain/invitation.ts";
import type { InvitationStore } from "../../domain/ports/invitations.ts";
import type { SqlConnection } from "./connection.ts";
import { invitations, tenants, users } from "./schema.ts";

const { tenantId: _tenant, ...ownColumns } = getTableColumns(invitations);

type Optional = "email" | "keyId" | "acceptedAt" | "acceptedBy" | "revokedAt";
type InvitationRow = Omit<Invitation, Optional> & {
  readonly [Field in Optional]: NonNullable<Invitation[Field]> | null;
};

function toInvitation(row: InvitationRow): Invitation {
  return {
    ...row,
    email: row.email ?? undefined,
    keyId: row.keyId ?? undefined,
    acceptedAt: row.acceptedAt ?? undefined,
    acceptedBy: row.acceptedBy ?? undefined,
    revokedAt: row.revokedAt ?? undefined,
  };
}

/** Prepares the statements of a connection once; gives the store of any tenant. */
export function invitationStores({ db }: SqlConnection): (tenantId: string) => InvitationStore {
  return (tenantId) => {
    // Made when it is asked for: a store is made for each read of anything.
    const isUnsettled = () =>
      and(eq(invitations.tenantId, tenantId), isNull(invitations.acceptedAt), isNull(invitations.revokedAt));
    const isInvitation = (id: string) => and(eq(invitations.tenantId, tenantId), eq(invitations.id, id));
    return {
      async insert(invitation) {
        await db
          .insert(invitations)
          .values({ ...invitation, tenantId })
          .run();
      },
      async find(id) {
        const row = await db.select(ownColumns).from(invitations).where(isInvitation(id)).get();
        return row === undefined ? undefined : toInvitation(row);
      },
      async listOpen(at, { limit, after }) {
        const rows = await db
          .select({ invitation: ownColumns, inviter: users.username })
          .from(invitations)
          .innerJoin(users, eq(users.id, invitations.inviterId))
          .where(
            and(
              isUnsettled(),
              gt(invitations.expiresAt, at),
              after && or(lt(invitations.createdAt, after.createdAt), isAtSameTimeBefore(after)),
            ),
          )
          .orderBy(desc(invitations.createdAt), desc(invitations.id))
          .limit(limit)
          .all();
        return rows.map(({ invitation, inviter }) => ({ ...toInvitation(invitation), inviter }));
      },
      async setSecret(id, secretHash) {
        await db.update(invitations).set({ secretHash }).where(isInvitation(id)).run();
      },
      async settle(id, end) {
        await db.update(invitations).set(end).where(isInvitation(id)).run();
      },
      async revokeFor(email, at) {
        const isForAddress = and(isUnsettled(), eq(invitations.email, email), gt(invitations.expiresAt, at));
        const ended = await db
          .update(invitations)
          .set({ revokedAt: at })
          .where(isForAddress)
          .returning()
          .all();
        return ended.map(({ id }) => id);
      },
      async revokeOf(inviterId, at) {
        await db
          .update(invitations)
          .set({ revokedAt: at })
          .where(and(isUnsettled(), eq(invitations.inviterId, inviterId)))
          .run();
      },
    };
  };
}

function isAtSameTimeBefore({ createdAt, id }: { readonly createdAt: Date; readonly id: string }) {
  return and(eq(invitations.createdAt, createdAt), lt(invitations.id, id));
}

/** Finds an invitation of any tenant by the hash of its code. */
export function invitationQuery({
  db,
}: SqlConnection): (secretHash: string) => Promise<FoundInvitation | undefined> {
  const query = db
    .select({
      invitation: ownColumns,
      tenantId: invitations.tenantId,
      tenantName: tenants.name,
      tenantEndsAt: tenants.endsAt,
      inviter: users.username,
    })
    .from(invitations)
    .innerJoin(tenants, eq(tenants.id, invitations.tenantId))
    .innerJoin(users, eq(users.id, invitations.inviterId))
    .where(eq(invitations.secretHash, sql.placeholder("secretHash")))
    .prepare();
  return async (secretHash) => {
    const row = await query.get({ secretHash });
    if (row === undefined) return undefined;
    const { invitation, tenantEndsAt, ...rest } = row;
    return { ...rest, tenantEndsAt: tenantEndsAt ?? undefined, invitation: toInvitation(invitation) };
  };
}
