import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Rest, type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
let ada: Rest;

beforeAll(async () => {
  library = await serveLibrary();
  ada = await library.newcomer("ada");
  await ada("POST", "/v1/prompts", { json: { name: "support/triage", content: "Version 1" } });
  for (let n = 2; n <= 51; n++)
    await ada("PATCH", "/v1/prompts/support/triage", { json: { content: `Version ${n}` } });
});
afterAll(() => library.close());

const at = (label: string) => `/v1/prompts/support/triage/labels/${label}`;

describe("a label over REST", () => {
  it("is put, read, rolled back and deleted at its own path", async () => {
    const path = at("staging");
    expect((await ada("GET", path)).status).toBe(404);
    const put = await ada("PUT", path, { json: { version: 1, expected_version: null, reason: "first" } });
    expect(put).toMatchObject({ status: 200, body: { version: 1, previous_version: null, changed: true } });
    expect((await ada("GET", path)).body).toMatchObject({ version: 1, content: "Version 1" });
    await ada("PUT", path, { json: { version: 2 } });
    expect((await ada("POST", `${path}/rollback`)).body).toMatchObject({ version: 1, previous_version: 2 });
    const rendered = await ada("POST", "/v1/prompts/support/triage/render", { json: { label: "staging" } });
    expect(rendered.body.text).toBe("Version 1");
    expect((await ada("DELETE", `${path}?reason=done`)).body).toMatchObject({ version: null });
    const { body } = await ada("GET", `${path}/history`);
    expect(body.items).toMatchObject([
      { kind: "remove", reason: "done" },
      { kind: "rollback", from_version: 2, to_version: 1 },
      { kind: "set", to_version: 2 },
      { kind: "set", to_version: 1, reason: "first", moved_by: "ada" },
    ]);
  });

  it("takes the ETag that it was read with as the condition of a move: of 50 movers one wins", async () => {
    const path = at("production");
    await ada("PUT", path, { json: { version: 1 } });
    const etag = (await ada("GET", path)).headers.get("ETag")!;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        ada("PUT", path, { json: { version: n + 2 }, headers: { "If-Match": etag } }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array(49).fill(412)]);
    expect((await ada("GET", `${path}/history`)).body.items).toHaveLength(2);
    expect((await ada("DELETE", path, { headers: { "If-Match": etag } })).status).toBe(412);
  });

  it("filters lists and searches, and lists itself with the tenant's labels", async () => {
    await ada("POST", "/v1/prompts", { json: { name: "other", content: "Version 1" } });
    const { items } = (await ada("GET", "/v1/prompts?label=production")).body;
    expect(items.map(({ name }: { name: string }) => name)).toEqual(["support/triage"]);
    const found = await ada("GET", "/v1/search?query=version&label=production");
    expect(found.body.items.map(({ name }: { name: string }) => name)).toEqual(["support/triage"]);
    expect((await ada("PUT", "/v1/protected-labels", { json: { labels: ["staging"] } })).status).toBe(200);
    expect((await ada("GET", "/v1/labels")).body.items).toEqual([
      { label: "production", prompts: 1, protected: false },
      { label: "staging", prompts: 0, protected: true },
    ]);
  });

  it("cannot be called latest, which reads the newest version", async () => {
    expect((await ada("PUT", at("latest"), { json: {} })).status).toBe(400);
    expect((await ada("GET", at("latest"))).body.version).toBe(51);
  });
});
