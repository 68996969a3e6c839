import { expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import type { Library } from "../support/library.ts";
import { phrase } from "../support/phrases.ts";
import { openReceiver, TO_RECEIVERS } from "../support/receiver.ts";
import { openMailServer } from "../support/smtp.ts";
import { describeWithPostgres } from "../support/with-postgres.ts";
import { sharedLibrary } from "./replicas.ts";

const PROMPTS = 30;

/** What the index holds of each prompt, by the prompt's name. */
async function indexed({ app }: Library, tenantId: string, names: ReadonlyMap<string, string>) {
  const held = await app.searchIndex.inventory(tenantId);
  expect(await app.reconciler.reconcile()).toMatchObject({ found: { missing: 0, stale: 0, orphaned: 0 } });
  return held
    .map(({ promptId, ...facts }) => ({ name: names.get(promptId), ...facts }))
    .sort((one, other) => String(one.name).localeCompare(String(other.name)));
}

describeWithPostgres("the work of several replicas", () => {
  it("makes the same index with 1, 2 and 8 indexers", { timeout: 300_000 }, async () => {
    const results: unknown[] = [];
    for (const replicas of [1, 2, 8]) {
      const shared = await sharedLibrary();
      const all = await Promise.all(Array.from({ length: replicas }, () => shared.open()));
      const first = all[0]!;
      const ada = await first.found("ada");
      const names = new Map<string, string>();
      for (let n = 0; n < PROMPTS; n++) {
        const { id } = await ada.call("create_prompt", { name: `p${n}`, content: phrase(n) });
        names.set(id, `p${n}`);
      }
      for (let n = 0; n < PROMPTS; n += 3)
        await ada.call("update_prompt", { name: `p${n}`, content: `${phrase(n)}\n\n${phrase(n + 100)}` });
      for (let n = 0; n < PROMPTS; n += 10) await ada.call("archive_prompt", { name: `p${n}` });
      const taken = await Promise.all(all.map(({ app }) => app.indexer.drain()));
      expect(taken.reduce((sum, one) => sum + one)).toBeGreaterThanOrEqual(PROMPTS);
      const hits = await ada.call("search_prompts", { query: phrase(7) });
      results.push({
        held: await indexed(first, ada.caller.tenantId, names),
        hits: hits.items.map(({ name, score }: { name: string; score: number }) => ({ name, score })),
      });
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it("delivers each webhook and each mail once", async () => {
    const [receiver, mails] = [await openReceiver(), await openMailServer()];
    const shared = await sharedLibrary();
    const environment = {
      ...TO_RECEIVERS,
      PROMPTFORGE_SMTP_URL: mails.url,
      PROMPTFORGE_MAIL_FROM: "library@example.com",
    };
    const all = await Promise.all([1, 2, 3, 4].map(() => shared.open(environment)));
    const ada = await all[0]!.found("ada");
    const events = ["prompt.created"];
    await ada.call("create_webhook", { url: receiver.url, events });
    for (const { app } of all) {
      app.webhookDelivery.start();
      app.mails.start();
    }
    for (let n = 0; n < 20; n++) await ada.call("create_prompt", { name: `p${n}`, content: "x" });
    for (let n = 0; n < 10; n++)
      await ada.call("create_invitation", { email: `guest${n}@example.com`, role: "viewer" });
    await Promise.all(all.map(({ app }) => app.webhookDelivery.drain()));
    for (const { app } of all) app.mails.wake();
    await eventually(() => receiver.received.length >= 20 && mails.received.length >= 10);
    await Promise.all(all.map(({ app }) => app.mails.settled()));
    expect(receiver.received).toHaveLength(20);
    expect(mails.received.map(({ to }) => to[0]).sort()).toEqual(
      Array.from({ length: 10 }, (_, n) => `guest${n}@example.com`).sort(),
    );
  });

  it("counts each use and keeps each search once, whichever replica was asked", async () => {
    const shared = await sharedLibrary();
    const all = await Promise.all([1, 2, 3].map(() => shared.open()));
    const ada = await all[0]!.found("ada");
    await ada.call("create_prompt", { name: "used", content: "Say quokka" });
    await Promise.all(
      all.flatMap((library) => {
        const same = library.as(ada.caller);
        return Array.from({ length: 5 }, async (_, n) => {
          await same.call("get_prompt", { name: "used" });
          await same.call("search_prompts", { query: `quokka ${n}` });
        });
      }),
    );
    for (const { app } of all) await app.services.usage.flush();
    for (const { app } of all) await app.services.searchHistory.flush();
    expect(await ada.call("get_usage", { name: "used" })).toMatchObject({ reads: 15 });
    expect((await ada.call("get_search_history", { limit: 50 })).items).toHaveLength(15);
  });

  it("does a job in one of them at a time", async () => {
    const shared = await sharedLibrary();
    const all = await Promise.all([1, 2, 3].map(() => shared.open()));
    const claims = await Promise.all(all.map(({ app }) => app.storage.claimJob("tidying", 60_000)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    const holder = all[claims.indexOf(true)]!;
    expect(await holder.app.storage.claimJob("tidying", 1)).toBe(true);
    const other = all.find((one) => one !== holder)!;
    await eventually(() => other.app.storage.claimJob("tidying", 60_000));
    expect(await holder.app.storage.claimJob("tidying", 60_000)).toBe(false);
    expect(await holder.app.storage.claimJob("another", 60_000)).toBe(true);
  });
});
