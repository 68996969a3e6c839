import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { MailKind } from "../../src/domain/mail.ts";
import { at, found, type OpenStorage } from "./fixtures.ts";

const mail = (kind: MailKind, tenantId?: string) => ({
  id: randomUUID(),
  kind,
  tenantId,
  about: randomUUID(),
  expiresAt: at(1000),
});

export function mailContract(open: OpenStorage): void {
  it("counts the mails that wait: all, those of a kind, and those of a kind and a tenant", async () => {
    const storage = await open();
    const [ann, eve] = [await found(storage), await found(storage)];
    await storage.directory.write(async ({ mails }) => {
      for (const tenantId of [ann.tenantId, ann.tenantId, eve.tenantId])
        await mails.add(mail("invitation", tenantId), at(0));
      await mails.add(mail("password_reset"), at(0));
      expect(await mails.count()).toBe(4);
      expect(await mails.count({ kind: "invitation" })).toBe(3);
      expect(await mails.count({ kind: "password_reset" })).toBe(1);
      expect(await mails.count({ kind: "invitation", tenantId: ann.tenantId })).toBe(2);
      expect(await mails.count({ kind: "welcome" })).toBe(0);
    });
  });

  it("keeps one claimed address of each person, found by its code until it expires or another takes its place", async () => {
    const storage = await open();
    const [ann, eve] = [await found(storage), await found(storage)];
    const claim = { userId: ann.userId, email: "ann@example.com", expiresAt: at(100) };
    const other = { userId: eve.userId, email: "eve@example.com", expiresAt: at(100) };
    await storage.directory.write(async ({ emailClaims }) => {
      for (const one of [claim, other]) await emailClaims.put(one);
      await emailClaims.setSecret(ann.userId, "a hash");
      expect(await emailClaims.findOf(ann.userId, at(99))).toEqual(claim);
      expect(await emailClaims.find("a hash", at(99))).toEqual(claim);
      expect(await emailClaims.find("a hash", at(100))).toBeUndefined();
      expect(await emailClaims.findOf(ann.userId, at(100))).toBeUndefined();
      const next = { ...claim, email: "next@example.com" };
      await emailClaims.put(next);
      expect(await emailClaims.find("a hash", at(0))).toBeUndefined();
      expect(await emailClaims.findOf(ann.userId, at(0))).toEqual(next);
      await emailClaims.drop(ann.userId);
      expect(await emailClaims.findOf(ann.userId, at(0))).toBeUndefined();
      expect(await emailClaims.findOf(eve.userId, at(0))).toEqual(other);
    });
  });
}
