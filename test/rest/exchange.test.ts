import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { packZip, unpackZip } from "../../src/exchange/archive.ts";
import type { TestMember } from "../support/library.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
let admin: TestMember;
let key: string;
beforeAll(async () => {
  library = await serveLibrary();
  admin = await library.found("ada");
  key = await admin.key();
  await admin.call("create_prompt", { name: "team/a", title: "A", content: "Ask {{what}}" });
  await admin.call("create_prompt", { name: "b", title: "B", content: "Bé" });
  await admin.call("set_label", { name: "b", label: "staging" });
});
afterAll(() => library.close());

function call(path: string, init: RequestInit = {}, credential = key) {
  return fetch(`${library.url}${path}`, {
    ...init,
    headers: { Authorization: `Bearer ${credential}`, ...init.headers },
  });
}

const zip = { "Content-Type": "application/zip" };
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe("an export over REST", () => {
  it("is a zip archive of a format of many files, the same bytes each time, with the losses in a header", async () => {
    const first = await call("/v1/export/download?format=markdown");
    expect(first.headers.get("Content-Type")).toBe("application/zip");
    expect(first.headers.get("Content-Disposition")).toBe('attachment; filename="prompts.zip"');
    expect(first.headers.get("Export-Losses")).toBe("labels=1");
    const bytes = await bytesOf(first);
    expect((await unpackZip(bytes)).files.map(({ path }) => path)).toEqual(["b.md", "team/a.md"]);
    expect(await bytesOf(await call("/v1/export/download?format=markdown"))).toEqual(bytes);
  });

  it("is the file itself of a format that has one", async () => {
    const response = await call("/v1/export/download?prefix=team/");
    expect(response.headers.get("Content-Type")).toBe("application/jsonl; charset=utf-8");
    expect(await response.json()).toMatchObject({ name: "team/a", version: 1, content: "Ask {{what}}" });
  });

  it("is an error, and no half of a file, where it cannot be given", async () => {
    const response = await call("/v1/export/download?format=skill&versions=all");
    expect(response.status).toBe(400);
    expect(response.headers.get("Content-Type")).toContain("application/problem+json");
    expect((await call("/v1/export/download", {}, "pf_nobody")).status).toBe(401);
  });
});

describe("an import of an archive over REST", () => {
  const files = [
    { path: "new/one.md", text: "---\ntitle: One\n---\n\nHello\n" },
    { path: "new/two.prompt", text: "Hi {{who}}" },
  ];

  it("takes its files as import_prompts does, with the choices of the query", async () => {
    const body = new Uint8Array(await packZip(files));
    const tried = await call("/v1/import/archive?dry_run=true&folder=arc", {
      method: "POST",
      headers: zip,
      body,
    });
    expect(await tried.json()).toMatchObject({ dry_run: true, created: 2 });
    const done = await call("/v1/import/archive?folder=arc", { method: "POST", headers: zip, body });
    expect(await done.json()).toMatchObject({
      items: [
        { path: "new/one.md", name: "arc/new/one", outcome: "created" },
        { path: "new/two.prompt", name: "arc/new/two", outcome: "created" },
      ],
    });
  });

  it("reports what it cannot read, and takes the rest", async () => {
    const archive = new ZipFile();
    archive.addBuffer(Buffer.from([0xff, 0xfe, 0x61]), "latin.md");
    archive.addBuffer(Buffer.from("/etc/passwd"), "link.md", { mode: 0o120777 });
    archive.addBuffer(Buffer.from("fine"), "fine.md");
    archive.end();
    const body = new Uint8Array(await buffer(archive.outputStream));
    const response = await call("/v1/import/archive", { method: "POST", headers: zip, body });
    expect(await response.json()).toMatchObject({
      created: 1,
      failed: 2,
      items: [
        { path: "fine.md", outcome: "created" },
        { path: "latin.md", message: expect.stringContaining("UTF-8") },
        { path: "link.md", message: expect.stringContaining("link") },
      ],
    });
  });

  it("unpacks no bomb, follows no path out of it, and takes nothing else for an archive", async () => {
    const bomb = await packZip(
      [1, 2, 3].map((n) => ({ path: `${n}.md`, text: "0".repeat(25 * 1024 * 1024) })),
    );
    const send = (body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = zip) =>
      call("/v1/import/archive", { method: "POST", headers, body });
    expect((await send(new Uint8Array(bomb))).status).toBe(413);
    // A name of the same length, so that the archive stays whole.
    const out = Buffer.from(await packZip([{ path: "aa/bb.md", text: "x" }]));
    const escaping = new Uint8Array(
      Buffer.from(out.toString("latin1").replaceAll("aa/bb.md", "../bb.md"), "latin1"),
    );
    for (const body of [escaping, new Uint8Array(Buffer.from("not a zip")), new Uint8Array(0)]) {
      expect((await send(body)).status).toBe(400);
    }
    expect((await send(new Uint8Array(17 * 1024 * 1024))).status).toBe(413);
    expect((await send(escaping, { "Content-Type": "application/json" })).status).toBe(415);
  });

  it("reads nothing from who may not write", async () => {
    const viewer = await library.join(admin, "vera", "viewer");
    const body = new Uint8Array(await packZip(files));
    const refused = await call(
      "/v1/import/archive",
      { method: "POST", headers: zip, body },
      await viewer.key(),
    );
    expect(refused.status).toBe(403);
    expect((await call("/v1/import/archive", { method: "POST", headers: zip, body }, "pf_no")).status).toBe(
      401,
    );
  });

  it("believes no size that an archive says of itself", async () => {
    const bytes = await packZip([{ path: "a.md", text: "0".repeat(100_000) }]);
    // The size of the only file, in its header and in the directory at the end.
    const told = Buffer.alloc(4);
    told.writeUInt32LE(100_000);
    const small = Buffer.alloc(4);
    small.writeUInt32LE(10);
    const lying = Buffer.from(
      bytes.toString("latin1").replaceAll(told.toString("latin1"), small.toString("latin1")),
      "latin1",
    );
    expect(lying.equals(bytes)).toBe(false);
    await expect(unpackZip(lying)).rejects.toMatchObject({ code: "invalid_input" });
  });
});
