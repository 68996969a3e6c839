import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { localCall } from "../../src/domain/identity.ts";
import { permissionsOf } from "../../src/domain/roles.ts";
import { catalogue } from "../../src/operations/index.ts";
import { createLeavingService } from "../../src/services/leaving.ts";
import { runHere } from "../cli/processes.ts";
import {
  type Answer,
  type Library,
  librarySettings,
  openLibrary,
  PASSWORD,
  type TestMember,
} from "../support/library.ts";
import { rawDatabase } from "../support/raw-database.ts";
import { restClient, serveLibrary } from "../support/rest.ts";

let time = new Date("2030-01-01T00:00:00Z");
const DAY_MS = 24 * 60 * 60 * 1000;

async function fresh(environment: Record<string, string> = {}): Promise<Library> {
  const library = await openLibrary({ now: () => time, environment });
  onTestFinished(() => library.close());
  return library;
}

function anonymous(library: Library, name: string, input: object): Promise<Answer> {
  const operation = catalogue.find((candidate) => candidate.name === name)!;
  return library.app.run(operation, input, {
    requestId: "test",
    authenticate: () => Promise.reject(new Error("A public operation asks for nobody")),
  });
}

/** Somebody who has come in by an invitation, and has no tenant of their own. */
async function invited(
  library: Library,
  host: TestMember,
  username: string,
  email?: string,
): Promise<TestMember> {
  const { code } = await host.call("create_invitation", { role: "developer", email });
  const call = localCall("test");
  const account = { username, password: PASSWORD };
  const member = await library.app.services.registration.join(account, code, call);
  return library.as({
    ...member,
    permissions: permissionsOf(member.role),
    credential: "access_token",
    call,
  });
}

/** Tables that still hold a row with this value in any column. */
async function tablesWith(library: Library, value: string): Promise<string[]> {
  const database = await rawDatabase(library);
  const found = [];
  for (const table of await database.tables()) {
    if (JSON.stringify(await database.rows(table)).includes(value)) found.push(table);
  }
  await database.close();
  return found;
}

describe("delete_tenant", () => {
  it("needs the tenant's name, serves nothing meanwhile, and cancel_tenant_deletion takes it back", async () => {
    const library = await fresh();
    const ada = await library.found("ada");
    const guest = await library.join(ada, "guest", "developer");
    await ada.call("create_prompt", { name: "kept", content: "x" });
    const { code } = await ada.call("create_invitation", { role: "viewer" });
    await expect(ada.call("delete_tenant", { confirm: "Ada" })).rejects.toMatchObject({
      code: "invalid_input",
    });
    const { ends_at } = await ada.call("delete_tenant", { confirm: "ada" });
    expect(new Date(ends_at).getTime() - time.getTime()).toBe(7 * DAY_MS);

    const [admin, member] = [await library.signedIn(ada), await library.signedIn(guest)];
    for (const who of [admin, member]) {
      for (const [name, input] of [
        ["list_prompts", {}],
        ["get_prompt", { name: "kept" }],
        ["search_prompts", { query: "x" }],
      ] as const) {
        await expect(who.call(name, input)).rejects.toMatchObject({
          code: "forbidden",
          details: { reason: "tenant_ending", ends_at },
        });
      }
      await who.call("whoami");
    }
    await expect(anonymous(library, "preview_invitation", { code })).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(member.call("export_tenant")).rejects.toMatchObject({ code: "forbidden" });
    await expect(member.call("cancel_tenant_deletion")).rejects.toMatchObject({ code: "forbidden" });
    expect((await admin.call("export_tenant")).items.length).toBeGreaterThan(1);

    await admin.call("cancel_tenant_deletion");
    const back = await library.signedIn(ada);
    expect((await back.call("list_prompts")).items).toHaveLength(1);
    time = new Date(time.getTime() + 8 * DAY_MS);
    expect(await library.app.services.leaving.removeEnded()).toBe(0);
    await expect(back.call("cancel_tenant_deletion")).rejects.toMatchObject({ code: "conflict" });
  });

  it("leaves no row and no vector of it when its time has come, and nothing else is touched", async () => {
    const library = await fresh({ PROMPTFORGE_TENANT_GRACE_DAYS: "3" });
    const [ada, other] = [await library.found("ada"), await library.found("other")];
    for (const who of [ada, other]) {
      await who.call("create_prompt", { name: "a/one", content: "quokka words {{x}}" });
      await who.call("update_prompt", { name: "a/one", content: "more quokka words" });
      await who.call("set_label", { name: "a/one", label: "production", version: 1 });
      await who.call("create_api_key", { name: "k" });
      await who.call("create_invitation", { role: "viewer" });
      await who.call("search_prompts", { query: "quokka" });
    }
    await library.app.indexer.drain();
    const { tenantId } = ada.caller;
    expect(await library.app.searchIndex.count(tenantId)).toBeGreaterThan(0);
    await ada.call("delete_tenant", { confirm: "ada" });
    time = new Date(time.getTime() + 3 * DAY_MS - 1);
    expect(await library.app.services.leaving.removeEnded()).toBe(0);
    time = new Date(time.getTime() + 1);
    expect(await library.app.services.leaving.removeEnded()).toBe(1);

    expect(await tablesWith(library, tenantId)).toEqual([]);
    expect(await library.app.searchIndex.count(tenantId)).toBe(0);
    expect((await library.app.storage.inspect()).integrity).toBe("ok");
    expect((await other.call("search_prompts", { query: "quokka" })).items).toHaveLength(1);
    expect(await other.call("verify_audit_log")).toMatchObject({ intact: true });
    // The person is there still, without a tenant.
    await expect(anonymous(library, "login", { username: "ada", password: PASSWORD })).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it("is done for the others where one tenant's removal fails, and not begun for more once the server closes", async () => {
    const library = await fresh({ PROMPTFORGE_TENANT_GRACE_DAYS: "1" });
    const members = [await library.found("ada"), await library.found("ben"), await library.found("cy")];
    for (const who of members) await who.call("delete_tenant", { confirm: who.caller.tenantName });
    time = new Date(time.getTime() + DAY_MS);
    const { storage, searchIndex } = library.app;
    const asked: string[] = [];
    const failures: unknown[] = [];
    let fail: ((tenantId: string) => Promise<void>) | undefined;
    const leaving = createLeavingService({
      storage,
      searchIndex: {
        ...searchIndex,
        inventory: async (tenantId) => {
          asked.push(tenantId);
          await fail?.(tenantId);
          return searchIndex.inventory(tenantId);
        },
      },
      checkPassword: () => Promise.reject(new Error("Nobody's password is asked for")),
      now: () => time,
      graceDays: 1,
      onFailure: (reason) => failures.push(reason),
    });

    fail = async (tenantId) => {
      if (tenantId === asked[0]) throw new Error("out of reach");
    };
    expect(await leaving.removeEnded()).toBe(2);
    expect(failures).toMatchObject([{ message: "out of reach" }]);
    const left = asked[0]!;
    expect(await storage.directory.read((store) => store.tenantIds())).toEqual([left]);

    const dora = await library.found("dora");
    await dora.call("delete_tenant", { confirm: "dora" });
    time = new Date(time.getTime() + DAY_MS);
    fail = async () => void leaving.close();
    expect(await leaving.removeEnded()).toBe(1);
    expect(await storage.directory.read((store) => store.tenantIds())).toHaveLength(1);
  });

  it("is nothing for an API key", async () => {
    const library = await fresh();
    const ada = await library.found("ada");
    const caller = await library.app.services.authentication.authenticate(await ada.key());
    const deleted = library.app.services.leaving.deleteTenant({ ...caller, call: ada.caller.call }, "ada");
    await expect(deleted).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("export_tenant", () => {
  it("gives everything of one tenant, page by page, and no secret", async () => {
    const library = await fresh();
    const [ada, other] = [await library.found("ada"), await library.found("other")];
    await other.call("create_prompt", { name: "other", content: "not to be seen" });
    await library.join(ada, "guest", "viewer");
    const { secret } = await ada.call("create_api_key", { name: "k" });
    const { code } = await ada.call("create_invitation", { role: "viewer" });
    for (let n = 0; n < 30; n++)
      await ada.call("create_prompt", { name: `p/${n}`, content: "text ".repeat(20_000) });
    for (let n = 0; n < 20; n++) await ada.call("update_prompt", { name: "p/0", content: `version ${n}` });
    for (let n = 0; n < 210; n++)
      await ada.call("set_label", { name: "p/0", label: "staging", version: 1 + (n % 2) });
    await ada.call("submit_for_review", { name: "p/1", note: "Please" });
    await ada.call("archive_prompt", { name: "p/1" });

    const items: Answer[] = [];
    let [cursor, pages]: [string | undefined, number] = [undefined, 0];
    do {
      const page = await ada.call("export_tenant", { cursor });
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(4 * 1024 * 1024);
      items.push(...page.items);
      [cursor, pages] = [page.next_cursor ?? undefined, pages + 1];
    } while (cursor !== undefined);
    expect(pages).toBeGreaterThan(5);
    const of = (kind: string) => items.filter((item) => item.kind === kind);
    expect(items[0]).toMatchObject({ kind: "tenant", name: "ada" });
    expect(items.at(-1)).toEqual({ kind: "end" });
    expect(of("member").map(({ username }) => username)).toEqual(["ada", "guest"]);
    expect([of("api_key").length, of("invitation").length]).toEqual([1, 1]);
    expect(new Set(of("prompt").map(({ name }) => name)).size).toBe(30);
    expect(of("prompt")).toHaveLength(30);
    const keyOf = ({ prompt_id, number }: Answer) => `${prompt_id} ${number}`;
    expect(new Set(of("version").map(keyOf)).size).toBe(50);
    expect(of("version")).toHaveLength(50);
    expect(of("label_move").map(({ number }) => number)).toEqual(
      Array.from({ length: 210 }, (_, n) => n + 1),
    );
    expect(of("review")).toMatchObject([{ name: "p/1", version: 1, status: "pending", note: "Please" }]);
    expect(of("audit").length).toBe((await ada.call("verify_audit_log")).records);
    const text = JSON.stringify(items);
    for (const hidden of [secret, code, "secretHash", "not to be seen", "argon2"])
      expect(text).not.toContain(hidden);
  });

  it("gives the versions that there are of a prompt that moved in with gaps, and compare_versions looks over them", async () => {
    const library = await fresh();
    const ada = await library.found("ada");
    for (const content of ["one", "two", "three", "four"]) {
      if (content === "one") await ada.call("create_prompt", { name: "p", content });
      else await ada.call("update_prompt", { name: "p", content });
    }
    await ada.call("create_prompt", { name: "q", content: "after it" });
    const database = await rawDatabase(library);
    await database.run("delete from versions where number in (1, 3) and content <> 'after it'");
    await database.close();
    const items: Answer[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await ada.call("export_tenant", { cursor });
      items.push(...page.items);
      if (page.next_cursor === null) break;
      cursor = page.next_cursor;
    }
    const versions = items.filter(({ kind }: Answer) => kind === "version");
    expect(versions.map(({ content }: Answer) => content).sort()).toEqual(["after it", "four", "two"]);
    expect(await ada.call("compare_versions", { name: "p" })).toMatchObject({ from: 2, to: 4 });
  });

  it("is a download over REST and a file by the command line", async () => {
    const library = await serveLibrary();
    const folder = await mkdtemp(join(tmpdir(), "export-"));
    onTestFinished(async () => {
      await library.close();
      await rm(folder, { recursive: true, force: true });
    });
    const ada = await library.found("ada");
    await ada.call("create_prompt", { name: "one", content: "first" });
    const key = await ada.key();
    const { status, text, headers } = await restClient(library.url, key)(
      "GET",
      "/v1/tenants/current/export.jsonl",
    );
    expect(status).toBe(200);
    expect(headers.get("Content-Type")).toContain("jsonl");
    const kinds = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).kind);
    expect(kinds).toEqual(expect.arrayContaining(["tenant", "member", "prompt", "version", "audit"]));
    expect(kinds.at(-1)).toBe("end");
    expect((await library.stranger("GET", "/v1/tenants/current/export.jsonl")).status).toBe(401);

    const file = join(folder, "tenant.jsonl");
    const env = {
      ...(await librarySettings(library.dataDir)),
      PROMPTFORGE_DATA_DIR: library.dataDir,
      PROMPTFORGE_TOKEN: key,
    };
    expect((await runHere(["export-tenant", file], { env })).code).toBe(0);
    expect((await readFile(file, "utf8")).trimEnd().split("\n").at(-1)).toBe('{"kind":"end"}');
    expect((await runHere(["export-tenant", file], { env })).code).not.toBe(0);
  });
});

describe("delete_account", () => {
  it("takes away who somebody was, and leaves what they wrote", async () => {
    const library = await fresh();
    const ada = await library.found("ada");
    const grace = await library.join(ada, "grace", "developer");
    await grace.call("create_prompt", { name: "theirs", content: "stays" });
    const key = await grace.key();
    await expect(grace.call("delete_account", { password: "not this one" })).rejects.toMatchObject({
      code: "unauthenticated",
    });
    // grace founded a tenant of her own, and is its only admin.
    await expect(grace.call("delete_account", { password: PASSWORD })).rejects.toMatchObject({
      code: "conflict",
      details: { reason: "last_admin" },
    });
    const home = (await grace.call("list_tenants")).items.find(({ tenant }: Answer) => tenant === "grace");
    const own = library.as({
      ...grace.caller,
      tenantId: home.tenant_id,
      tenantName: "grace",
      role: "admin",
      permissions: ada.caller.permissions,
    });
    await own.call("delete_tenant", { confirm: "grace" });
    await grace.call("delete_account", { password: PASSWORD });

    await expect(library.app.services.authentication.authenticate(key)).rejects.toMatchObject({
      code: "unauthenticated",
    });
    await expect(
      anonymous(library, "login", { username: "grace", password: PASSWORD }),
    ).rejects.toMatchObject({
      code: "unauthenticated",
    });
    expect((await ada.call("get_prompt", { name: "theirs" })).author).toMatch(/^deleted-user /);
    expect((await ada.call("list_members")).items.map(({ username }: Answer) => username)).toEqual(["ada"]);
    expect(await ada.call("verify_audit_log")).toMatchObject({ intact: true });
    // A tenant was called so, too, and has that in its audit until it is gone.
    expect((await tablesWith(library, '"grace"')).toSorted()).toEqual(["audit_log", "tenants"]);
    // The name is free again, for somebody else.
    await anonymous(library, "register", { username: "grace", password: PASSWORD });
  });

  it("rests on the password as it is, and not on one that was changed while it was checked", async () => {
    const library = await fresh();
    const host = await library.found("ada");
    const { directory } = library.app.storage;
    let refused = 0;
    for (let turns = 0; turns < 8; turns++) {
      const guest = await invited(library, host, `guest-${turns}`);
      const deleted = guest.call("delete_account", { password: PASSWORD }).catch((error: Answer) => error);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      const { userId } = guest.caller;
      await directory.write((store) => store.setPasswordHash(userId, "the hash of a new one"));
      const { code } = await deleted;
      const user = await directory.read((store) => store.findUser(userId));
      // On a busy machine the deletion may have been done before the change: then it rested on what was so.
      expect(user?.username === `guest-${turns}`).toBe(code === "unauthenticated");
      if (code === "unauthenticated") refused += 1;
    }
    expect(refused).toBeGreaterThan(0);
  });

  it("takes the address from the invitation that was accepted, and ends what apps and browsers hold", async () => {
    const library = await fresh();
    const host = await library.found("ada");
    const grace = await invited(library, host, "grace", "grace@example.com");
    const { userId } = grace.caller;
    const browser = {
      ...{ kind: "Session", id: "a browser's", payload: { account: userId }, userId },
      ...{ clientId: undefined, grantId: undefined, uid: undefined, consumedAt: undefined },
      expiresAt: new Date(time.getTime() + DAY_MS),
    };
    await library.app.storage.directory.write(({ oauth }) => oauth.put(browser, time));
    expect(await tablesWith(library, "grace@example.com")).toEqual(["invitations"]);
    await grace.call("delete_account", { password: PASSWORD });
    expect(await tablesWith(library, "grace@example.com")).toEqual([]);
    expect(await tablesWith(library, "a browser's")).toEqual([]);
  });
});
