import { and, asc, count, eq, getTableColumns, gt, inArray, lte, type SQL, sql } from "drizzle-orm";
import type { EmailClaimStore, MailQueue, PasswordResetStore } from "../../domain/ports/mail.ts";
import type { SqlConnection } from "./connection.ts";
import { emailClaims, mails, passwordResets } from "./schema.ts";

export function mailQueue({ db }: SqlConnection): MailQueue {
  return {
    async add({ tenantId = null, ...mail }, dueAt) {
      await db
        .insert(mails)
        .values({ ...mail, tenantId, dueAt })
        .onConflictDoNothing()
        .run();
    },
    async count(of) {
      const condition = and(
        of && eq(mails.kind, of.kind),
        of?.tenantId === undefined ? undefined : eq(mails.tenantId, of.tenantId),
      );
      return (await db.select({ count: count() }).from(mails).where(condition).get())?.count ?? 0;
    },
    async claim(at, hiddenUntil) {
      const due = await db
        .select()
        .from(mails)
        .where(lte(mails.dueAt, at))
        .orderBy(asc(mails.dueAt))
        .limit(1)
        .get();
      if (due === undefined) return undefined;
      await db.update(mails).set({ dueAt: hiddenUntil }).where(eq(mails.id, due.id)).run();
      const { id, kind, tenantId, about, attempts, expiresAt } = due;
      return { id, kind, tenantId: tenantId ?? undefined, about, attempts, expiresAt };
    },
    async retry(id, dueAt, reason) {
      await db
        .update(mails)
        .set({ dueAt, lastError: reason, attempts: sql`${mails.attempts} + 1` })
        .where(eq(mails.id, id))
        .run();
    },
    async remove(id) {
      await db.delete(mails).where(eq(mails.id, id)).run();
    },
    async waitingAbout(ids) {
      const rows = await db
        .select({ about: mails.about, attempts: mails.attempts })
        .from(mails)
        .where(and(eq(mails.kind, "invitation"), inArray(mails.about, [...ids])))
        .all();
      return new Map(rows.map(({ about, attempts }) => [about, attempts]));
    },
  };
}

export function emailClaimStore({ db }: SqlConnection): EmailClaimStore {
  const { secretHash, ...claim } = getTableColumns(emailClaims);
  const findBy = (condition: SQL, at: Date) =>
    db
      .select(claim)
      .from(emailClaims)
      .where(and(condition, gt(emailClaims.expiresAt, at)))
      .get();
  return {
    async put(made) {
      const row = { ...made, secretHash: null };
      await db
        .insert(emailClaims)
        .values(row)
        .onConflictDoUpdate({ target: emailClaims.userId, set: row })
        .run();
    },
    async findOf(userId, at) {
      return findBy(eq(emailClaims.userId, userId), at);
    },
    async setSecret(userId, hash) {
      await db.update(emailClaims).set({ secretHash: hash }).where(eq(emailClaims.userId, userId)).run();
    },
    async find(hash, at) {
      return findBy(eq(secretHash, hash), at);
    },
    async drop(userId) {
      await db.delete(emailClaims).where(eq(emailClaims.userId, userId)).run();
    },
  };
}

export function passwordResetStore({ db }: SqlConnection): PasswordResetStore {
  return {
    async put(reset) {
      const { userId, ...code } = reset;
      await db
        .insert(passwordResets)
        .values(reset)
        .onConflictDoUpdate({ target: passwordResets.userId, set: code })
        .run();
    },
    async find(secretHash, at) {
      return await db
        .select({ userId: passwordResets.userId, mailed: passwordResets.mailed })
        .from(passwordResets)
        .where(and(eq(passwordResets.secretHash, secretHash), gt(passwordResets.expiresAt, at)))
        .get();
    },
    async drop(userId) {
      await db.delete(passwordResets).where(eq(passwordResets.userId, userId)).run();
    },
  };
}
