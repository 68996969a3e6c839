/**
 * Stores prompts and indexes them, and kills itself (SIGKILL) at the step that it is told: what a crash between any two
 * steps leaves behind. Arguments: the data folder, a step, and how many times that step is passed before.
 */
import { openApp } from "../../../src/app.ts";
import { loadConfig } from "../../../src/config/config.ts";
import { type Actor, localCall } from "../../../src/domain/identity.ts";
import { permissionsOf } from "../../../src/domain/roles.ts";
import { createIndexer } from "../../../src/search/indexer.ts";

const [dataDir = "", step = "", passed = "0"] = process.argv.slice(2);
let left = Number(passed);

function die(at: string): void {
  if (at === step && left-- === 0) process.kill(process.pid, "SIGKILL");
}

const app = await openApp(
  loadConfig({
    ...process.env,
    PROMPTFORGE_DATA_DIR: dataDir,
    PROMPTFORGE_LOG_LEVEL: "silent",
    PROMPTFORGE_EMBEDDER_WORKERS: "1",
  }),
);
const { storage, searchIndex, embedder } = app;

const call = localCall("test");
const account = { username: "ada", password: "correct horse battery staple" };
const person = await app.services.registration.found(account, call);
const ada: Actor = { ...person, permissions: permissionsOf("admin"), credential: "access_token", call };
const long = "The quick brown fox jumps over the lazy dog by the river. ".repeat(120);
for (const name of ["apple tree", "green boat", "paper moon", "winter coat"]) {
  die("store");
  await app.services.prompts.create(ada, { title: name, content: `All about the ${name}.` });
}
const { name } = await app.services.prompts.create(ada, { title: "long river", content: long });
die("stored");

const indexer = createIndexer({
  ...app,
  log: { info: () => undefined, warn: () => undefined },
  leaseMs: 200,
  storage: {
    ...storage,
    outbox: {
      ...storage.outbox,
      async claim(...taken) {
        const entries = await storage.outbox.claim(...taken);
        if (entries.length > 0) die("claimed");
        return entries;
      },
      async advance(entries) {
        if (entries.length === 0) return;
        die("before advance");
        await storage.outbox.advance(entries);
        die("advanced");
      },
      async complete(...args) {
        die("before complete");
        await storage.outbox.complete(...args);
        die("completed");
      },
    },
    splits: {
      async put(splits) {
        if (splits.length === 0) return;
        await storage.splits.put(splits);
        die("split kept");
      },
    },
  },
  embedder: {
    ...embedder,
    async split(...args) {
      const spans = await embedder.split(...args);
      die("split");
      return spans;
    },
    async embed(...args) {
      const vectors = await embedder.embed(...args);
      die("embedded");
      return vectors;
    },
  },
  searchIndex: {
    ...searchIndex,
    async upsert(...args) {
      await searchIndex.upsert(...args);
      die("upserted");
    },
    async prune(...args) {
      await searchIndex.prune(...args);
      die("pruned");
    },
  },
});
await indexer.drain();
await app.services.prompts.update(ada, { ref: name, content: `${long} And then it slept.` });
await app.services.prompts.archive(ada, "paper-moon");
await indexer.drain();
// The step was never reached so often: the caller sees it by the exit code.
process.exit(0);
