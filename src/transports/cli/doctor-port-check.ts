import { createServer } from "node:net";
import { z } from "zod";
import type { Config } from "../../config/config.ts";
import type { Check } from "./doctor-checks.ts";
import { codeOf } from "./system-code.ts";

type Address = Pick<Config, "host" | "port">;

/** Whether `serve` could listen, or does already. */
export async function checkPort(address: Address): Promise<Check> {
  const { host, port } = address;
  const name = "port";
  const code = await listenFault(address);
  if (code === undefined) return { name, status: "ok", message: `${host}:${port} is free` };
  if (code !== "EADDRINUSE") {
    return {
      name,
      status: "warn",
      message: `Nothing can listen on ${host}:${port} (${code}). Choose another with PROMPTFORGE_HOST and PROMPTFORGE_PORT.`,
    };
  }
  return (await isServed(address))
    ? { name, status: "ok", message: `PromptForge is served on ${host}:${port}` }
    : {
        name,
        status: "warn",
        message: `${port} is in use by something else. Choose another with --port or PROMPTFORGE_PORT.`,
      };
}

function listenFault({ host, port }: Address): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", (error) => resolve(codeOf(error) ?? "unknown error"));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

const healthSchema = z.object({ status: z.literal("ok") });
const HEALTH_MS = 2_000;

async function isServed({ host, port }: Address): Promise<boolean> {
  // A server that listens everywhere is asked on this machine.
  const name = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  const url = `http://${name.includes(":") ? `[${name}]` : name}:${port}/health/live`;
  try {
    const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(HEALTH_MS) });
    return healthSchema.safeParse(await response.json()).success;
  } catch {
    return false;
  }
}
