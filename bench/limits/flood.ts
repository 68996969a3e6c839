import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";

/** Calls a second of one tenant, from a thread of its own, so that the other tenant's clock is not kept waiting by them. */
const { url, credential, perSecond } = z
  .object({ url: z.string(), credential: z.string(), perSecond: z.number() })
  .parse(workerData);

/** As many as one client reasonably opens. */
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const headers = { Authorization: `Bearer ${credential}` };
const answers: Record<string, number> = {};
let flooding = true;

function call(): void {
  request(url, { agent, headers }, (response) => {
    const status = String(response.statusCode);
    answers[status] = (answers[status] ?? 0) + 1;
    response.resume();
  })
    .on("error", () => {
      answers["failed"] = (answers["failed"] ?? 0) + 1;
    })
    .end();
}

parentPort?.once("message", () => {
  flooding = false;
});

const start = performance.now();
for (let count = 0; flooding; count++) {
  call();
  await sleep(Math.max(0, start + ((count + 1) * 1_000) / perSecond - performance.now()));
}
agent.destroy();
parentPort?.postMessage({ answers, seconds: (performance.now() - start) / 1000 });
