import { spawn } from "node:child_process";
import { createServer } from "node:net";
import type { Person } from "../support/oauth-clients.ts";
import { SUITE, TIMEOUT_MS } from "./suite.ts";

/**
 * Runs `conformance authorization …` of the installed suite, which at some point prints an address for a person's browser and
 * waits: there `person` goes through the pages, and the suite gets the answer where it listens for it.
 */
export async function runAuthorizationSuite(options: readonly string[], person: Person) {
  const suite = spawn(process.execPath, [SUITE, "authorization", ...options], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: TIMEOUT_MS,
  });
  let output = "";
  let sent: Promise<unknown> | undefined;
  const read = (chunk: Buffer) => {
    output += chunk.toString();
    const [address] = /^http\S+\/authorize\?\S+$/m.exec(output) ?? [];
    if (address === undefined) return;
    sent ??= person(new URL(address)).then((callback) => fetch(callback));
  };
  suite.stdout.on("data", read);
  suite.stderr.on("data", read);
  const passed = await new Promise<boolean>((resolve) => suite.once("close", (code) => resolve(code === 0)));
  await sent;
  return { passed, output };
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
