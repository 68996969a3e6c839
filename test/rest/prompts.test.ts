import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nameProblem } from "../../src/domain/names.ts";
import { catalogue } from "../../src/operations/index.ts";
import { type Rest, type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
let ada: Rest;

beforeAll(async () => {
  library = await serveLibrary();
  ada = await library.newcomer("ada");
});

afterAll(async () => {
  await library.close();
});

describe("a prompt over REST", () => {
  it("is made with 201, a Location that leads to it, and the ETag it is read with", async () => {
    const made = await ada("POST", "/v1/prompts", {
      json: { name: "support/triage", content: "Sort {{mail}}.", tags: ["email"] },
    });
    expect(made.status).toBe(201);
    expect(made.headers.get("Location")).toBe("/v1/prompts/support/triage");
    const read = await ada("GET", made.headers.get("Location")!);
    expect(read.status).toBe(200);
    const { warnings, ...prompt } = made.body;
    expect(warnings).toEqual([]);
    expect(read.body).toEqual(prompt);
    expect(read.headers.get("ETag")).toBe(made.headers.get("ETag"));
    expect(read.headers.get("ETag")).toMatch(/^"v1-/);
  });

  it("is found under its name with slashes, its name with %2F, and its id", async () => {
    const { body } = await ada("POST", "/v1/prompts", { json: { name: "a/b/c", content: "One" } });
    for (const reference of ["a/b/c", "a%2Fb%2Fc", "a/b%2Fc", "A/B/C", body.id]) {
      const read = await ada("GET", `/v1/prompts/${reference}`);
      expect(read.status, reference).toBe(200);
      expect(read.body.id).toBe(body.id);
    }
  });

  it("takes the paths that follow a name after both ways to write one", async () => {
    await ada("POST", "/v1/prompts", { json: { name: "paths/demo", content: "One" } });
    for (const reference of ["paths/demo", "paths%2Fdemo"]) {
      const versions = await ada("GET", `/v1/prompts/${reference}/versions`);
      expect(versions.body.items.map((version: { number: number }) => version.number)).toEqual([1]);
      expect((await ada("GET", `/v1/prompts/${reference}/versions/1`)).body.version).toBe(1);
      expect((await ada("POST", `/v1/prompts/${reference}/archive`)).body.archived_at).not.toBeNull();
      expect((await ada("POST", `/v1/prompts/${reference}/restore`)).body.archived_at).toBeNull();
    }
  });

  it("gets a new version by PATCH and by PUT, and keeps the old one", async () => {
    await ada("POST", "/v1/prompts", { json: { name: "grows", content: "One" } });
    expect((await ada("PATCH", "/v1/prompts/grows", { json: { content: "Two" } })).body.version).toBe(2);
    expect((await ada("PUT", "/v1/prompts/grows", { json: { content: "Three" } })).body.version).toBe(3);
    expect((await ada("GET", "/v1/prompts/grows/versions/1")).body.content).toBe("One");
    expect((await ada("GET", "/v1/prompts/grows?version=2")).body.content).toBe("Two");
    expect((await ada("GET", "/v1/prompts/grows")).body.content).toBe("Three");
  });

  it("is the one in the path, whatever the body names", async () => {
    await ada("POST", "/v1/prompts", { json: { name: "path-wins", content: "One" } });
    await ada("POST", "/v1/prompts", { json: { name: "body-loses", content: "One" } });
    await ada("PATCH", "/v1/prompts/path-wins", { json: { name: "body-loses", content: "Two" } });
    expect((await ada("GET", "/v1/prompts/path-wins")).body.version).toBe(2);
    expect((await ada("GET", "/v1/prompts/body-loses")).body.version).toBe(1);
  });

  it("is refused under a name in use, with what to do instead", async () => {
    await ada("POST", "/v1/prompts", { json: { name: "taken", content: "One" } });
    const again = await ada("POST", "/v1/prompts", { json: { name: "taken", content: "Two" } });
    expect(again.status).toBe(409);
    expect(again.body.code).toBe("conflict");
    expect(again.body.detail).toContain("update_prompt");
  });
});

describe("a path that goes on after a name", () => {
  it("goes on with a word that no name can hold, so that it has one reading", () => {
    const following = catalogue
      .flatMap(({ rest }) => rest)
      .flatMap(({ path }) => /\{name\}\/([a-z-]+)/.exec(path)?.[1] ?? []);
    expect(following).toContain("versions");
    for (const word of following) expect(nameProblem(`folder/${word}`), word).toBeDefined();
  });
});

describe("ETag and If-Match", () => {
  it("answers 304 to a reader who has this version, and 200 once anything about it has changed", async () => {
    await ada("POST", "/v1/prompts", { json: { name: "cached", content: "One" } });
    const tagOf = async (path: string) => (await ada("GET", path)).headers.get("ETag") ?? "";
    const ask = (path: string, tag: string) => ada("GET", path, { headers: { "If-None-Match": tag } });

    const first = await tagOf("/v1/prompts/cached");
    const firstVersion = await tagOf("/v1/prompts/cached/versions/1");
    const unchanged = await ask("/v1/prompts/cached", first);
    expect(unchanged.status).toBe(304);
    expect(unchanged.text).toBe("");
    expect(unchanged.headers.get("ETag")).toBe(first);

    await ada("PATCH", "/v1/prompts/cached", { json: { content: "Two" } });
    expect((await ask("/v1/prompts/cached", first)).body.version).toBe(2);
    expect((await ask("/v1/prompts/cached/versions/1", firstVersion)).body.latest_version).toBe(2);

    const second = await tagOf("/v1/prompts/cached");
    await ada("POST", "/v1/prompts/cached/archive");
    expect((await ask("/v1/prompts/cached", second)).body.archived_at).not.toBeNull();
  });

  it("never answers 304 for another tenant's prompt of the same name and version", async () => {
    const eve = await library.newcomer("etag-eve");
    await ada("POST", "/v1/prompts", { json: { name: "same-name", content: "Ada's" } });
    await eve("POST", "/v1/prompts", { json: { name: "same-name", content: "Eve's" } });
    const tag = (await ada("GET", "/v1/prompts/same-name")).headers.get("ETag")!;
    const read = await eve("GET", "/v1/prompts/same-name", { headers: { "If-None-Match": tag } });
    expect(read.status).toBe(200);
    expect(read.body.content).toBe("Eve's");
    expect(read.headers.get("Cache-Control")).toBe("private, no-cache");
    expect(read.headers.get("Vary")).toContain("Authorization");
  });

  it("answers 304 for a list that is as it was", async () => {
    const list = await ada("GET", "/v1/prompts?limit=3");
    const headers = { "If-None-Match": list.headers.get("ETag")! };
    expect((await ada("GET", "/v1/prompts?limit=3", { headers })).status).toBe(304);
    expect((await ada("GET", "/v1/prompts?limit=2", { headers })).status).toBe(200);
  });

  it("lets a change through when If-Match is the version that was read", async () => {
    const made = await ada("POST", "/v1/prompts", { json: { name: "matched", content: "1" } });
    const tags = [made.headers.get("ETag")!, '"v2"', '"3"', 'W/"v4"', "*"];
    for (const [index, tag] of tags.entries()) {
      const changed = await ada("PATCH", "/v1/prompts/matched", {
        json: { content: `${index + 2}` },
        headers: { "If-Match": tag },
      });
      expect(changed.status, tag).toBe(200);
      expect(changed.body.version).toBe(index + 2);
    }
  });

  it("refuses a change with 412 when If-Match is another version, or cannot be read", async () => {
    await ada("POST", "/v1/prompts", { json: { name: "unmatched", content: "One" } });
    for (const tag of ['"v2"', '"v0"', "v1", "nonsense", '"v1", "v2"', '"v99999999999999999999"', ""]) {
      const changed = await ada("PATCH", "/v1/prompts/unmatched", {
        json: { content: "Two", expected_version: 1 },
        headers: { "If-Match": tag },
      });
      expect(changed.status, tag).toBe(412);
      expect(changed.body.code).toBe("precondition_failed");
    }
    expect((await ada("GET", "/v1/prompts/unmatched")).body.version).toBe(1);
  });

  it("lets exactly one of 50 changes with the same If-Match win", async () => {
    const made = await ada("POST", "/v1/prompts", { json: { name: "contested", content: "0" } });
    const headers = { "If-Match": made.headers.get("ETag")! };
    const changes = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        ada("PATCH", "/v1/prompts/contested", { json: { content: `by ${index}` }, headers }),
      ),
    );
    const statuses = changes.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(49);
    expect((await ada("GET", "/v1/prompts/contested")).body.version).toBe(2);
  });
});

describe("lists over REST", () => {
  it("are read page by page, each prompt once, until next_cursor is null", async () => {
    const bob = await library.newcomer("pages-bob");
    const names = Array.from({ length: 7 }, (_, index) => `page/p${index}`);
    for (const name of names) await bob("POST", "/v1/prompts", { json: { name, content: name } });
    const seen: string[] = [];
    let cursor = "";
    do {
      const page = await bob("GET", `/v1/prompts?limit=3${cursor}`);
      expect(page.status).toBe(200);
      seen.push(...page.body.items.map((item: { name: string }) => item.name));
      cursor = page.body.next_cursor === null ? "" : `&cursor=${encodeURIComponent(page.body.next_cursor)}`;
    } while (cursor !== "");
    expect(seen).toEqual(names);
  });

  it("take numbers, switches and choices from the query, and ignore what they do not know", async () => {
    const list = await ada(
      "GET",
      "/v1/prompts?limit=1&include_content=true&sort=-name&folder=support&utm_source=x",
    );
    expect(list.status).toBe(200);
    expect(list.body.items).toHaveLength(1);
    expect(list.body.items[0]).toMatchObject({ name: "support/triage", content: "Sort {{mail}}." });
  });

  it("are headed as they would be read", async () => {
    const head = await ada("HEAD", "/v1/prompts");
    expect(head.status).toBe(200);
    expect(head.text).toBe("");
  });
});

describe("an API key over REST", () => {
  it("is shown once in an answer that nobody keeps, works, and is refused once revoked", async () => {
    const made = await ada("POST", "/v1/api-keys", { json: { name: "laptop", role: "viewer" } });
    expect(made.status).toBe(201);
    expect(made.headers.get("Cache-Control")).toBe("no-store");
    const headers = { Authorization: `bearer ${made.body.secret}` };
    expect((await library.stranger("GET", "/v1/whoami", { headers })).body.credential).toBe("api_key");
    const write = await library.stranger("POST", "/v1/prompts", { json: { content: "x" }, headers });
    expect(write.status).toBe(403);
    expect((await ada("DELETE", `/v1/api-keys/${made.body.id}`)).status).toBe(200);
    expect((await library.stranger("GET", "/v1/whoami", { headers })).status).toBe(401);
  });
});
