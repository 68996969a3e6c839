import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startServer } from "../../src/transports/http/server.ts";
import { type Library, openLibrary } from "../support/library.ts";
import { textOf } from "./files.ts";

const run = promisify(execFile);

let library: Library;
let server: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
  library = await openLibrary();
  server = await startServer(library.app);
});
afterAll(async () => {
  await library.close();
});

it("the image's health check knows a server that is ready from one that is gone", async () => {
  const text = await textOf("Dockerfile");
  const [, command = ""] = /HEALTHCHECK[^\n]*\\\n\s*CMD (\[.*\])/.exec(text) ?? [];
  const [, ...args]: string[] = JSON.parse(command);
  const env = { PROMPTFORGE_PORT: new URL(server.url).port };
  await run(process.execPath, args, { env });
  await server.close();
  await expect(run(process.execPath, args, { env })).rejects.toMatchObject({ code: 1 });
});
