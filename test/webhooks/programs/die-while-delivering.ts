/**
 * Changes prompts and tells a webhook of it, and kills itself (SIGKILL) at the step that it is told. Arguments: the data
 * folder, the webhook's address, a step, and how many times that step is passed before.
 */

import { openFoundation } from "../../../src/app/foundation.ts";
import { openApp } from "../../../src/app.ts";
import { loadConfig } from "../../../src/config/config.ts";
import { type Actor, localCall } from "../../../src/domain/identity.ts";
import { permissionsOf } from "../../../src/domain/roles.ts";
import { derivedKey } from "../../../src/security/derived-key.ts";
import { createGuardedFetch } from "../../../src/security/guarded-fetch.ts";
import { createWebhookSecrets } from "../../../src/security/webhook-secrets.ts";
import { createWebhookDelivery } from "../../../src/services/webhook-delivery.ts";
import { createWebhookSender } from "../../../src/services/webhook-sender.ts";

const [dataDir = "", url = "", step = "", passed = "0"] = process.argv.slice(2);
let left = Number(passed);

function die(at: string): void {
  if (at === step && left-- === 0) process.kill(process.pid, "SIGKILL");
}

const config = loadConfig({
  ...process.env,
  PROMPTFORGE_DATA_DIR: dataDir,
  PROMPTFORGE_LOG_LEVEL: "silent",
  PROMPTFORGE_EMBEDDER_WORKERS: "1",
});
const app = await openApp(config);
const { storage } = app;
const now = () => new Date();

const call = localCall("test");
const account = { username: "ada", password: "correct horse battery staple" };
const person = await app.services.registration.found(account, call);
const ada: Actor = { ...person, permissions: permissionsOf("admin"), credential: "access_token", call };
await app.services.webhooks.create(ada, { url });
for (const n of [1, 2, 3, 4]) {
  await app.services.prompts.create({ ...ada, call: localCall("test") }, { name: `a/p${n}`, content: "x" });
  die("changed");
}

const { keys } = await openFoundation(config, app.log, now);
const send = createWebhookSender({
  fetch: createGuardedFetch({ allow: config.webhooks.allow, timeoutMs: config.webhooks.timeoutMs }),
  secrets: createWebhookSecrets(derivedKey(keys.cursorSecret, "webhook secrets")),
  now,
});
const { directory } = storage;
const delivery = createWebhookDelivery({
  storage: {
    ...storage,
    directory: {
      read: directory.read,
      async write(work) {
        let settles = false;
        const result = await directory.write((store) =>
          work({
            ...store,
            webhooks: {
              ...store.webhooks,
              async claim(...taken) {
                die("before claim");
                return store.webhooks.claim(...taken);
              },
              async settle(...outcome) {
                die("before settle");
                settles = true;
                return store.webhooks.settle(...outcome);
              },
            },
          }),
        );
        die(settles ? "settled" : "claimed");
        return result;
      },
    },
  },
  async send(...given) {
    const sent = await send(...given);
    die("sent");
    return sent;
  },
  timeoutMs: config.webhooks.timeoutMs,
  logDays: config.webhooks.logDays,
  now,
  onFailure: (error) => console.error(error),
  onSwitchedOff: () => undefined,
});
await delivery.drain();
