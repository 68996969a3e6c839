import { expect, it } from "vitest";
import type { PostgresStorage } from "../../src/storage/postgres/storage.ts";
import type { PostgresLibrary } from "../support/postgres.ts";
import { createLibrary, openPostgres } from "../support/shared-postgres.ts";
import { describeWithPostgres } from "../support/with-postgres.ts";

/** Does work with a tenant's prompts that only ends when it is let. */
function heldWork() {
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const work = async (store: { readonly prompts: { count(): Promise<number> } }) => {
    await store.prompts.count();
    begun.resolve();
    await end.promise;
  };
  return { work, begun: begun.promise, letEnd: () => end.resolve() };
}

async function withTwoTenants(storage: PostgresStorage): Promise<void> {
  await storage.directory.write(async (store) => {
    for (const id of ["busy", "other"]) await store.insertTenant({ id, name: id, createdAt: new Date() });
  });
}

/** What signing in does: a change of the directory that is told in the tenant's own audit. */
const signIn = (storage: PostgresStorage, tenantId: string) =>
  storage.directory.write((store) => store.tenant(tenantId).audit.head());

describeWithPostgres("a tenant that keeps its own store busy", () => {
  it.each([
    ["in the same server", (one: PostgresStorage) => Promise.resolve(one)],
    [
      "in another server of the database",
      (_: PostgresStorage, library: PostgresLibrary) => openPostgres(library),
    ],
  ])("lets others sign in while it imports and its own people wait to sign in, %s", async (_, openOther) => {
    const library = await createLibrary();
    const storage = await openPostgres(library);
    const other = await openOther(storage, library);
    await withTwoTenants(storage);
    const held = heldWork();
    const importing = storage.tenant("busy").write(held.work);
    await held.begun;

    let hasOwn = false;
    const own = signIn(storage, "busy").then(() => {
      hasOwn = true;
    });
    for (let n = 0; n < 3; n++) await signIn(other, "other");
    expect(hasOwn).toBe(false);

    held.letEnd();
    await Promise.all([importing, own]);
    expect(hasOwn).toBe(true);
  });

  it("is waited for by a change that concerns several tenants", async () => {
    const storage = await openPostgres();
    await withTwoTenants(storage);
    const [busy, other] = [heldWork(), heldWork()];
    const writes = [storage.tenant("busy").write(busy.work), storage.tenant("other").write(other.work)];
    await Promise.all([busy.begun, other.begun]);
    const ended: string[] = [];
    const change = storage.directory
      .write(async (store) => {
        for (const id of ["other", "busy"]) await store.tenant(id).audit.head();
      })
      .then(() => ended.push("change"));
    for (const { letEnd } of [other, busy]) letEnd();
    await Promise.all([...writes.map((write) => write.then(() => ended.push("write"))), change]);
    expect(ended).toEqual(["write", "write", "change"]);
  });

  it("leaves connections for what others read", async () => {
    const storage = await openPostgres({ connections: 4 });
    await withTwoTenants(storage);
    const held = heldWork();
    const reads = Array.from({ length: 12 }, () => storage.tenant("busy").read(held.work));
    await held.begun;
    expect(await storage.tenant("other").read(({ prompts }) => prompts.count())).toBe(0);
    held.letEnd();
    await Promise.all(reads);
  });
});
