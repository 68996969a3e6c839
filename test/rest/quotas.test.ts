import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestMember } from "../support/library.ts";
import { type Rest, restClient, type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
beforeAll(async () => {
  library = await serveLibrary({
    environment: {
      PROMPTFORGE_QUOTA_PROMPTS: "5",
      PROMPTFORGE_QUOTA_VERSIONS: "8",
      PROMPTFORGE_QUOTA_STORAGE_MB: "1",
    },
  });
});
afterAll(() => library.close());

async function tenant(name: string): Promise<{ member: TestMember; rest: Rest }> {
  const member = await library.found(name);
  return { member, rest: restClient(library.url, await member.key()) };
}

const create = (rest: Rest, content = "x") => rest("POST", "/v1/prompts", { json: { content } });
const quotasOf = async (rest: Rest) => (await rest("GET", "/v1/quotas")).body;

describe("get_quotas", () => {
  it("tells what the tenant has and may have, to everybody in it", async () => {
    const { member, rest } = await tenant("ada");
    await create(rest);
    expect(await quotasOf(rest)).toEqual({
      prompts: { used: 1, allowed: 5 },
      versions: { used: 1, allowed: 8 },
      storage_bytes: { used: expect.any(Number), allowed: 1024 * 1024 },
      members: { used: 1, allowed: 1000 },
      webhooks: { used: 0, allowed: 20 },
      calls_per_minute: { reads: 6000, writes: 1200, search: 600, import: 60 },
    });
    const viewer = await library.join(member, "vic", "viewer");
    expect((await viewer.call("get_quotas")).members).toEqual({ used: 2, allowed: 1000 });
  });
});

describe("a quota", () => {
  it("refuses what is beyond it with an error of its own, and stores nothing of it", async () => {
    const { rest } = await tenant("bob");
    for (let n = 0; n < 5; n++) expect((await create(rest)).status).toBe(201);
    const refused = await create(rest);
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({
      code: "quota_exceeded",
      title: "No room left",
      details: { quota: "prompts", allowed: 5 },
    });
    expect(refused.body.detail).toContain("5 prompts, archived ones included");
    expect(refused.headers.get("WWW-Authenticate")).toBeNull();
    expect((await rest("GET", "/v1/prompts")).body.items).toHaveLength(5);
    expect((await quotasOf(rest)).prompts.used).toBe(5);
  });

  it("of versions counts every prompt's, and leaves reading and archiving alone", async () => {
    const { rest } = await tenant("cleo");
    const { name } = (await create(rest)).body;
    const update = (content: string) => rest("PATCH", `/v1/prompts/${name}`, { json: { content } });
    for (let n = 0; n < 7; n++) expect((await update(`version ${n}`)).status).toBe(200);
    const refused = await update("one more");
    expect(refused.body).toMatchObject({
      code: "quota_exceeded",
      details: { quota: "versions", allowed: 8 },
    });
    expect((await create(rest)).body.details.quota).toBe("versions");
    expect((await rest("GET", `/v1/prompts/${name}`)).body).toMatchObject({
      version: 8,
      content: "version 6",
    });
    expect((await rest("POST", `/v1/prompts/${name}/archive`, { json: {} })).status).toBe(200);
  });

  it("of storage counts the text of every version", async () => {
    const { rest } = await tenant("dan");
    const large = "x".repeat(250 * 1024);
    for (let n = 0; n < 4; n++) expect((await create(rest, large)).status).toBe(201);
    const refused = await create(rest, large);
    expect(refused.body).toMatchObject({ code: "quota_exceeded", details: { quota: "storage_bytes" } });
    expect(refused.body.detail).toContain("1.0 MiB");
    expect((await create(rest, "small")).status).toBe(201);
  });

  it("lets through as many of fifty at once as there is room for", async () => {
    const { rest } = await tenant("eve");
    const replies = await Promise.all(Array.from({ length: 50 }, () => create(rest)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(replies.filter(({ body }) => body.code === "quota_exceeded")).toHaveLength(45);
    expect((await quotasOf(rest)).prompts.used).toBe(5);
  });

  it("that the operator says for one tenant holds for that one, and what it has stays", async () => {
    const { rest } = await tenant("fay");
    const other = await tenant("gus");
    const { quotas } = library.app.services;
    const call = { operation: "set_quota", requestId: "test", at: new Date() };
    for (let n = 0; n < 3; n++) await create(rest);
    await quotas.set("fay", { prompts: 2 }, call);
    expect((await create(rest)).body.details).toEqual({ quota: "prompts", allowed: 2 });
    expect((await quotasOf(rest)).prompts).toEqual({ used: 3, allowed: 2 });
    await quotas.set("fay", { prompts: 0, versions: 100 }, call);
    for (let n = 0; n < 4; n++) expect((await create(rest)).status).toBe(201);
    expect((await quotasOf(rest)).prompts).toEqual({ used: 7, allowed: null });
    await quotas.set("fay", { prompts: null }, call);
    expect(await quotasOf(rest)).toMatchObject({ prompts: { allowed: 5 }, versions: { allowed: 100 } });
    expect((await quotasOf(other.rest)).versions.allowed).toBe(8);
  });
});
