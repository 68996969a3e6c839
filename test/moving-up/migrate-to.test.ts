import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { runHere } from "../cli/processes.ts";
import { openLibrary, type TestMember } from "../support/library.ts";
import { serveProgram } from "../support/programs.ts";
import { createLibrary } from "../support/shared-postgres.ts";
import { qdrantSettings } from "../support/shared-qdrant.ts";
import { describeWithPostgres } from "../support/with-postgres.ts";
import { IN_FOLDER } from "../support/with-sqlite.ts";

const KEYS_SECRET = "a secret of the tests, which is long enough";

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "moving-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A library in a folder, with people, history and something of each kind. */
async function furnish(dataDir: string) {
  const library = await openLibrary({ dataDir, environment: IN_FOLDER });
  const ada = await library.found("ada");
  const bob = await library.join(ada, "bob", "reviewer");
  for (let n = 0; n < 30; n++)
    await ada.call("create_prompt", { name: `old/p${n}`, content: `Say quokka ${n} {{x}}` });
  await ada.call("update_prompt", { name: "old/p1", content: "Say numbat {{x}}" });
  await ada.call("set_label", { name: "old/p1", label: "staging", version: 1 });
  await ada.call("submit_for_review", { name: "old/p1" });
  await bob.call("review_prompt", { name: "old/p1", version: 2, decision: "approve" });
  await ada.call("rename_prompt", { name: "old/p2", new_name: "old/two" });
  await ada.call("archive_prompt", { name: "old/p3" });
  await ada.call("pin_prompt", { name: "old/p1" });
  const key = await ada.key();
  await library.close();
  return { key, caller: ada.caller };
}

/** Makes prompts until it is told to stop; gives the names that were acknowledged, and what was refused. */
function writing(url: string, key: string, prefix: string) {
  const acknowledged: string[] = [];
  const refused: { status: number; detail: string }[] = [];
  let stopped = false;
  const done = (async () => {
    for (let n = 0; !stopped; n++) {
      const name = `${prefix}/p${n}`;
      const answer = await fetch(`${url}/v1/prompts`, {
        method: "POST",
        headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
        body: JSON.stringify({ name, content: `Written meanwhile: ${n}` }),
      });
      if (answer.status === 201) acknowledged.push(name);
      else refused.push({ status: answer.status, detail: JSON.stringify(await answer.json()) });
      if (refused.length > 3) break;
    }
  })();
  return {
    acknowledged,
    refused,
    async stop() {
      stopped = true;
      await done;
    },
    done,
  };
}

async function everything(member: TestMember) {
  const names = new Map<string, unknown>();
  for (let cursor: string | undefined; ; ) {
    const page = await member.call("list_prompts", { limit: 100, cursor });
    for (const { name, version, labels, title } of page.items) names.set(name, { version, labels, title });
    if (page.next_cursor === null) return names;
    cursor = page.next_cursor;
  }
}

describeWithPostgres("migrate-to", () => {
  it("moves a library that is being written to into PostgreSQL, without losing what was acknowledged, and back", async () => {
    const dataDir = await folder();
    const { key, caller } = await furnish(dataDir);
    const { url, ownerUrl } = await createLibrary();
    const server = await serveProgram(dataDir, { ...IN_FOLDER, PROMPTFORGE_LIMIT_WRITES: "0" });
    const writers = [1, 2, 3].map((n) => writing(server.url, key, `new${n}`));

    const env = { PROMPTFORGE_DATA_DIR: dataDir, PROMPTFORGE_KEYS_SECRET: KEYS_SECRET };
    const place = ["migrate-to", "--database", url, "--owner-database", ownerUrl, "--json"];
    const dry = await runHere([...place, "--dry-run"], { env });
    expect(JSON.parse(dry.stdout)).toMatchObject({ dry_run: true });
    const moved = await runHere(place, { env });
    expect(moved.stderr).toContain("Start the server with the settings of the new place");
    expect(moved.code).toBe(0);
    expect(JSON.parse(moved.stdout).changes).toBeGreaterThan(0);

    // Whoever still writes at the old place is refused, and told why.
    await Promise.all(writers.map((writer) => writer.done));
    for (const { refused, acknowledged } of writers) {
      expect(acknowledged.length).toBeGreaterThan(0);
      expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 503));
      expect(refused[0]?.detail).toContain("has moved to another place");
    }
    await server.stop();

    const there = await folder();
    const environment = {
      ...(await qdrantSettings(there)),
      DATABASE_URL: url,
      DATABASE_OWNER_URL: ownerUrl,
      PROMPTFORGE_KEYS_SECRET: KEYS_SECRET,
    };
    const library = await openLibrary({ dataDir: there, environment });
    const ada = library.as(caller);
    const prompts = await everything(ada);
    for (const { acknowledged } of writers)
      for (const name of acknowledged) expect([...prompts.keys()]).toContain(name);
    expect(prompts.get("old/p1")).toMatchObject({ version: 2, labels: { staging: 1 } });
    expect(await ada.call("get_prompt", { name: "old/p2" })).toMatchObject({ name: "old/two" });
    expect(await ada.call("verify_audit_log")).toMatchObject({ intact: true });
    expect((await ada.call("list_prompts", { query: "numb" })).items).toMatchObject([{ name: "old/p1" }]);
    expect(await ada.call("list_reviews", { status: "approved" })).toMatchObject({ items: [{ version: 2 }] });
    // The key of a script is good here as it was there.
    const who = await library.app.services.authentication.authenticate(key);
    expect(who).toMatchObject({ tenantId: caller.tenantId });
    await library.app.indexer.drain();
    expect(await library.app.reconciler.reconcile()).toMatchObject({
      found: { missing: 0, stale: 0, orphaned: 0 },
    });
    await ada.call("update_prompt", { name: "old/p1", content: "Say numbat at the new place {{x}}" });
    const before = await everything(ada);
    await library.close();

    const back = await folder();
    const leaving = await runHere(["migrate-to", "--database", `sqlite:${back}`], {
      env: { ...environment, PROMPTFORGE_DATA_DIR: there },
    });
    expect(leaving.stderr).toContain("Start the server with the settings of the new place");
    expect(leaving.code).toBe(0);
    const home = await openLibrary({ dataDir: back, environment: IN_FOLDER });
    const again = home.as(caller);
    expect(await everything(again)).toEqual(before);
    expect(await again.call("verify_audit_log")).toMatchObject({ intact: true });
    await again.call("create_prompt", { name: "home", content: "again" });
    await home.close();
  });

  it("refuses a database that holds another library, and a place that is none", async () => {
    const [dataDir, other] = [await folder(), await folder()];
    await furnish(dataDir);
    const { url, ownerUrl } = await createLibrary();
    const env = { PROMPTFORGE_DATA_DIR: dataDir, PROMPTFORGE_KEYS_SECRET: KEYS_SECRET };
    const taken = await openLibrary({
      dataDir: other,
      environment: {
        ...(await qdrantSettings(other)),
        DATABASE_URL: url,
        DATABASE_OWNER_URL: ownerUrl,
        PROMPTFORGE_KEYS_SECRET: KEYS_SECRET,
      },
    });
    await taken.found("somebody");
    await taken.close();
    const inFolder = await folder();
    await furnish(inFolder);
    const places = [
      ["--database", url, "--owner-database", ownerUrl],
      ["--database", `sqlite:${inFolder}`],
    ];
    for (const place of places) {
      for (const how of [["--dry-run"], []]) {
        const refused = await runHere(["migrate-to", ...place, ...how], { env });
        expect(refused.stderr).toContain("There is another library already");
        expect(refused.stderr).toContain("Name a place that holds none");
        expect([refused.code, refused.stdout]).toEqual([6, ""]);
      }
    }
    const nobody = "postgres://somebody:secret@127.0.0.1:1/library";
    const tried = await runHere(["migrate-to", "--database", nobody, "--dry-run"], { env });
    expect([tried.code, tried.stdout]).toEqual([10, ""]);
    expect(tried.stderr).toContain("Cannot open the library in PostgreSQL");
    expect((await runHere(["migrate-to", "--database", "mysql://x/y"], { env })).stderr).toContain(
      "A place is postgres://",
    );
    const library = await openLibrary({ dataDir, environment: IN_FOLDER });
    await library.found("still-here");
    await library.close();
  });
});
