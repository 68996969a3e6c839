import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const run = promisify(execFile);
const DEPLOY = join(import.meta.dirname, "../../deploy");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "promptforge-test-"));
  await copyFile(join(DEPLOY, "secrets/make.sh"), join(folder, "make.sh"));
});
afterEach(() => rm(folder, { recursive: true }));

const read = async (name: string) => (await readFile(join(folder, name), "utf8")).trim();

describe("the secrets of docker-compose.scale.yml", () => {
  it("are made once, at random, in a folder that only its owner opens", async () => {
    await run("sh", [join(folder, "make.sh")]);
    const before = await read("keys-secret");
    expect(before).toMatch(/^[0-9a-f]{48}$/);
    expect(await read("qdrant-key")).not.toBe(before);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await run("sh", [join(folder, "make.sh")]);
    expect(await read("keys-secret")).toBe(before);
  });

  it("name the roles that PostgreSQL makes at its first start, with their passwords", async () => {
    await run("sh", [join(folder, "make.sh")]);
    const bin = join(folder, "bin");
    await mkdir(bin);
    // In place of psql: writes down what it is given.
    await writeFile(
      join(bin, "psql"),
      `#!/bin/sh\nprintf '%s\\n' "$@" >"${folder}/given"\ncat >"${folder}/sql"\n`,
    );
    await chmod(join(bin, "psql"), 0o755);
    await run("bash", [join(DEPLOY, "postgres/roles.sh")], {
      env: { PATH: `${bin}:${process.env["PATH"]}`, SECRETS: folder },
    });
    const given = await read("given");
    const [server, owner] = [new URL(await read("database-url")), new URL(await read("database-owner-url"))];
    for (const line of [
      `server=${server.username}`,
      `server_password=${server.password}`,
      `owner=${owner.username}`,
      `owner_password=${owner.password}`,
      `database=${server.pathname.slice(1)}`,
    ])
      expect(given.split("\n")).toContain(line);
    const sql = await read("sql");
    expect(sql.match(/create role .* nosuperuser nobypassrls/g)).toHaveLength(2);
    expect(sql).toContain('create database :"database" owner :"owner"');
  });
});
