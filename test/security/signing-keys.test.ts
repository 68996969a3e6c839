import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { calculateJwkThumbprint, exportJWK } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSigningKeys, type SigningKeys } from "../../src/security/signing-keys.ts";

let folder: string;
let dataDir: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "promptforge-keys-"));
  dataDir = join(folder, "data");
  await mkdir(dataDir, { mode: 0o700 });
  path = join(dataDir, "keys.json");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function storedKeys() {
  return JSON.parse(await readFile(path, "utf8"));
}

async function kidOf(keys: SigningKeys): Promise<string> {
  return (await keys.signer()).kid;
}

async function modeOf(file: string): Promise<string> {
  return ((await stat(file)).mode & 0o777).toString(8);
}

describe("the first start", () => {
  it("makes the key file (600), and leaves nothing else there", async () => {
    const { warnings } = await openSigningKeys({ dataDir });
    expect(await modeOf(path)).toBe("600");
    expect(await readdir(dataDir)).toEqual(["keys.json"]);
    expect(warnings).toEqual([]);
  });

  it("leaves the mode of the folder as it was", async () => {
    await chmod(dataDir, 0o750);
    await openSigningKeys({ dataDir });
    expect(await modeOf(dataDir)).toBe("750");
  });

  it("writes one Ed25519 key, named by its thumbprint and dated, and 256 bits for cursors", async () => {
    const before = Date.now();
    await openSigningKeys({ dataDir });
    const { keys, cursor_secret } = await storedKeys();
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatchObject({ kty: "OKP", crv: "Ed25519", kid: await calculateJwkThumbprint(keys[0]) });
    expect(Date.parse(keys[0].created_at)).toBeGreaterThanOrEqual(before);
    expect(Buffer.from(cursor_secret, "base64url")).toHaveLength(32);
  });

  it("gives each data folder keys of its own", async () => {
    const one = await openSigningKeys({ dataDir });
    const otherDir = join(folder, "other");
    await mkdir(otherDir);
    const other = await openSigningKeys({ dataDir: otherDir });
    expect(await kidOf(other)).not.toBe(await kidOf(one));
    expect(other.cursorSecret).not.toEqual(one.cursorSecret);
  });

  it("ends with the same keys for all that start at once in one process", async () => {
    const opened = await Promise.all(Array.from({ length: 20 }, () => openSigningKeys({ dataDir })));
    expect(new Set(await Promise.all(opened.map(kidOf))).size).toBe(1);
    expect(new Set(opened.map((keys) => Buffer.from(keys.cursorSecret).toString("hex"))).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(["keys.json"]);
  });

  it("ends with the same keys for all processes that start at once", async () => {
    const program = `
      const { openSigningKeys } = await import(${JSON.stringify(new URL("../../src/security/signing-keys.ts", import.meta.url).href)});
      const keys = await openSigningKeys({ dataDir: ${JSON.stringify(dataDir)} });
      process.stdout.write((await keys.signer()).kid + " " + Buffer.from(keys.cursorSecret).toString("hex"));
    `;
    const printed = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        return text(child.stdout);
      }),
    );
    const keys = await openSigningKeys({ dataDir });
    const expected = `${await kidOf(keys)} ${Buffer.from(keys.cursorSecret).toString("hex")}`;
    expect(printed).toEqual([expected, expected, expected, expected]);
    expect(await readdir(dataDir)).toEqual(["keys.json"]);
  });
});

describe("a later start", () => {
  it("opens the same keys", async () => {
    const first = await openSigningKeys({ dataDir });
    const written = await readFile(path, "utf8");
    const second = await openSigningKeys({ dataDir });
    expect(await kidOf(second)).toBe(await kidOf(first));
    expect(second.cursorSecret).toEqual(first.cursorSecret);
    expect(await readFile(path, "utf8")).toBe(written);
  });

  it("signs with the first key of the file and knows the public parts of all, under their kids", async () => {
    await openSigningKeys({ dataDir });
    const file = await storedKeys();
    await mkdir(join(folder, "other"));
    await openSigningKeys({ dataDir: join(folder, "other") });
    const other = JSON.parse(await readFile(join(folder, "other", "keys.json"), "utf8"));
    const [older, newer] = [file.keys[0], other.keys[0]];
    await writeFile(path, JSON.stringify({ ...file, keys: [newer, older] }));

    const keys = await openSigningKeys({ dataDir });
    expect(await kidOf(keys)).toBe(newer.kid);
    expect((await keys.publicJwks()).map((jwk) => jwk["kid"])).toEqual([newer.kid, older.kid]);
    for (const jwk of [newer, older]) {
      expect(await exportJWK((await keys.find(jwk.kid))!)).toEqual({
        kty: "OKP",
        crv: "Ed25519",
        x: jwk.x,
      });
    }
  });

  it("never hands out a private key that can be exported", async () => {
    const { privateKey } = await (await openSigningKeys({ dataDir })).signer();
    expect(privateKey.extractable).toBe(false);
  });

  it("closes a key file that others may read, and warns", async () => {
    await openSigningKeys({ dataDir });
    await chmod(path, 0o644);
    const { warnings } = await openSigningKeys({ dataDir });
    expect(warnings).toEqual([
      `The key file ${path} was open to other users (mode 644); it is closed now (600). If others may have read it, delete it: new keys sign everyone out.`,
    ]);
    expect(await modeOf(path)).toBe("600");
    expect((await openSigningKeys({ dataDir })).warnings).toEqual([]);
  });
});

describe("a damaged key file", () => {
  type Content = Awaited<ReturnType<typeof storedKeys>>;

  it.each<[string, (content: Content) => string]>([
    ["empty", () => ""],
    ["cut short", (content) => JSON.stringify(content).slice(0, -20)],
    ["not JSON", () => "keys: none"],
    ["JSON of another form", () => "[]"],
    ["without a key", (content) => JSON.stringify({ ...content, keys: [] })],
    ["without the cursor secret", ({ keys }) => JSON.stringify({ keys })],
    ["with a short cursor secret", (content) => JSON.stringify({ ...content, cursor_secret: "abcd" })],
    ["with a key of another kind", (content) => withKey(content, { crv: "X25519" })],
    ["with a private part of another key", (content) => withKey(content, { d: "A".repeat(43) })],
    [
      "with two keys of one name",
      (content) => JSON.stringify({ ...content, keys: [...content.keys, ...content.keys] }),
    ],
  ])("is refused when it is %s, says what to do, and stays as it is", async (_case, damage) => {
    await openSigningKeys({ dataDir });
    const damaged = damage(await storedKeys());
    await writeFile(path, damaged);
    await expect(openSigningKeys({ dataDir })).rejects.toMatchObject({
      name: "AppError",
      code: "unavailable",
      message: `The key file ${path} is damaged. Restore it from a backup, or delete it: new keys are then made at the next start, which signs everyone out.`,
    });
    expect(await readFile(path, "utf8")).toBe(damaged);
  });

  it("gives away nothing of what it holds", async () => {
    await writeFile(path, '{"keys":[{"d":"canary-private-key"}], oops', { mode: 0o600 });
    const error = await openSigningKeys({ dataDir }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "unavailable", details: undefined });
    expect(error).not.toHaveProperty("cause");
    expect(String(error)).not.toContain("canary");
  });

  it("is made anew once it is deleted", async () => {
    const first = await openSigningKeys({ dataDir });
    const kid = await kidOf(first);
    await rm(path);
    expect(await kidOf(await openSigningKeys({ dataDir }))).not.toBe(kid);
  });

  function withKey(content: Content, change: object): string {
    return JSON.stringify({ ...content, keys: [{ ...content.keys[0], ...change }] });
  }
});

describe("a data folder that cannot be used", () => {
  it("is refused, by name and with what to do, when a file stands in its place", async () => {
    await rm(dataDir, { recursive: true });
    await writeFile(dataDir, "");
    await expect(openSigningKeys({ dataDir })).rejects.toMatchObject({
      name: "AppError",
      code: "unavailable",
      message: expect.stringMatching(
        /^The signing keys cannot be written to the data folder .*data \(\w+\)\. Let the user that runs PromptForge write there, or set PROMPTFORGE_DATA_DIR to another folder\.$/,
      ),
    });
  });

  it("is refused when it is not there", async () => {
    await expect(openSigningKeys({ dataDir: join(folder, "nowhere") })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("(ENOENT)"),
    });
  });

  it("is refused when the key file cannot be read", async () => {
    await mkdir(path);
    await expect(openSigningKeys({ dataDir })).rejects.toMatchObject({
      code: "unavailable",
      message: `The key file ${path} cannot be read (EISDIR). Make it readable for the user that runs PromptForge.`,
    });
  });
});
