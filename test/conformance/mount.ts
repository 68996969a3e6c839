import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, openApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config/config.ts";
import { localCall } from "../../src/domain/identity.ts";
import { permissionsOf } from "../../src/domain/roles.ts";
import { startServer } from "../../src/transports/http/server.ts";
import { createHandlers } from "../../src/transports/mcp/handlers.ts";
import { buildServer } from "../../src/transports/mcp/server.ts";
import type { McpHandlers } from "../../src/transports/mcp/session.ts";
import { VERSION } from "../../src/transports/version.ts";
import { withFixtures } from "./fixtures/decorate.ts";
import { openFront } from "./front.ts";
import { createSessions } from "./sessions.ts";

export interface Mount {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A whole server on loopback with a library of its own, for the conformance suite. With `fixtures`, what the suite
 * asks for by name is put over the real handlers, and clients of 2025-11-25 that can be asked something get a
 * session. Without, it is the real server and nothing else: only a credential is added to the requests.
 */
export async function openMount({ fixtures }: { readonly fixtures: boolean }): Promise<Mount> {
  const dataDir = await mkdtemp(join(tmpdir(), "promptforge-conformance-"));
  const app = await openApp(
    loadConfig({
      PROMPTFORGE_DATA_DIR: dataDir,
      PROMPTFORGE_PORT: "0",
      PROMPTFORGE_INDEXER: "false",
      PROMPTFORGE_LOG_LEVEL: "silent",
    }),
  );
  const credential = await foundLibrary(app);
  const server = await startServer(app, fixtures ? { decorate: withFixtures } : {});
  const sessions = fixtures ? createSessions(() => sessionServer(app, credential)) : undefined;
  const front = await openFront({ port: server.port, credential, sessions });
  return {
    url: front.url,
    async close() {
      await sessions?.close();
      await front.close();
      await server.close();
      await app.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

function sessionServer(app: App, credential: string) {
  const authenticate = () => app.services.authentication.authenticate(credential);
  const handlers: McpHandlers = createHandlers({
    run: app.run,
    authenticate,
    call: () => ({ authenticate, requestId: randomUUID() }),
  });
  return buildServer(withFixtures(handlers), { version: VERSION, notifies: true });
}

/**
 * A tenant with two prompts, one of them with nothing but a name and content, so that lists list and reads read
 * something real. Gives an API key of its admin.
 */
async function foundLibrary({ services }: App): Promise<string> {
  const call = localCall("test");
  const admin = await services.registration.found({ username: "conformance", password: randomUUID() }, call);
  const { secret } = await services.apiKeys.create(
    { ...admin, permissions: permissionsOf(admin.role), call },
    { name: "conformance suite" },
  );
  const caller = { ...(await services.authentication.authenticate(secret)), call };
  await services.prompts.create(caller, {
    name: "support/triage",
    description: "Sorts a ticket by urgency",
    content: "How urgent is this ticket?\n\n{{ticket}}",
  });
  await services.prompts.create(caller, {
    name: "writing/shorten",
    content: "Shorten this without losing facts:\n\n{{text}}",
  });
  return secret;
}
