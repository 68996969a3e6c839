import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveLibrary } from "../support/rest.ts";
import { emptyFolder, type Folder } from "./processes.ts";

let folder: Folder;
beforeAll(async () => {
  folder = await emptyFolder();
});
afterAll(() => folder.remove());

const statesOf = ({ items }: { items: { state: string }[] }) => items.map(({ state }) => state);

describe("promptforge keys", () => {
  it("rotate publishes a key that signs later; list says which is which; prune drops nothing that is needed", async () => {
    expect(statesOf(await folder.json(["keys", "list"]))).toEqual(["signs"]);
    expect(statesOf(await folder.json(["keys", "rotate"]))).toEqual(["published", "signs"]);
    expect(statesOf(await folder.json(["keys", "prune"]))).toEqual(["published", "signs"]);
  });

  it("rotate --now lets it sign at once, --compromised drops the others", async () => {
    const { items } = await folder.json(["keys", "rotate", "--now"]);
    expect(items[0].state).toBe("signs");
    expect(statesOf(await folder.json(["keys", "rotate", "--compromised"]))).toEqual(["signs"]);
  });

  it("list is a table of kids, states and times, and holds no secret", async () => {
    const { stdout } = await folder.run(["keys", "list"]);
    expect(stdout).toMatch(/^KID +STATE +CREATED +SIGNS FROM +VERIFIES UNTIL\n[\w-]{43} +signs/);
    expect(Object.keys((await folder.json(["keys", "list"])).items[0])).not.toContain("d");
  });
});

describe("/.well-known/jwks.json", () => {
  it("gives anybody the public keys, to be kept for a few minutes", async () => {
    const library = await serveLibrary();
    try {
      await library.app.signingKeys.rotate({ signsFrom: new Date(Date.now() + 600_000) });
      const { status, headers, text } = await library.stranger("GET", "/.well-known/jwks.json");
      expect(status).toBe(200);
      expect(headers.get("Content-Type")).toBe("application/jwk-set+json; charset=utf-8");
      expect(headers.get("Cache-Control")).toBe("public, max-age=300");
      const { keys } = JSON.parse(text);
      expect(keys).toHaveLength(2);
      for (const key of keys)
        expect(Object.keys(key).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
    } finally {
      await library.close();
    }
  });
});
