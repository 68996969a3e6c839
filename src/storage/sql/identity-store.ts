import { and, eq, type Placeholder, sql } from "drizzle-orm";
import type { IdentityStore } from "../../domain/ports/identities.ts";
import type { SqlConnection } from "./connection.ts";
import { userIdentities } from "./schema.ts";

/** Prepares the statements of a connection once. */
export function identityStore({ db }: SqlConnection): IdentityStore {
  const byIssuerAndSubject = (issuer: string | Placeholder, subject: string | Placeholder) =>
    and(eq(userIdentities.issuer, issuer), eq(userIdentities.subject, subject));
  // Each call with a provider's token asks for this.
  const found = db
    .select()
    .from(userIdentities)
    .where(byIssuerAndSubject(sql.placeholder("issuer"), sql.placeholder("subject")))
    .prepare();

  return {
    async find(issuer, subject) {
      return await found.get({ issuer, subject });
    },
    async isLinked(issuer, userId) {
      const linked = await db
        .select({ subject: userIdentities.subject })
        .from(userIdentities)
        .where(and(eq(userIdentities.userId, userId), eq(userIdentities.issuer, issuer)))
        .get();
      return linked !== undefined;
    },
    async insert(identity) {
      await db.insert(userIdentities).values(identity).run();
    },
    async setHeardAt(issuer, subject, heardAt) {
      await db.update(userIdentities).set({ heardAt }).where(byIssuerAndSubject(issuer, subject)).run();
    },
  };
}
