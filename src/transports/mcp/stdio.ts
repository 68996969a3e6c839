import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Server } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { App } from "../../app.ts";
import { VERSION } from "../version.ts";
import { createHandlers } from "./handlers.ts";
import { toServerEvents } from "./notifications.ts";
import { buildServer } from "./server.ts";
import { serveSkills } from "./skills.ts";
import { canonicalUri } from "./uris.ts";

/**
 * MCP over the standard streams of this process, both eras. Throws `unauthenticated` before anything is served when
 * the credential is not good; later each request asks again, so that a revoked key stops working at once.
 */
export async function startStdio(app: App, credential: string) {
  const { run, events, log } = app;
  const authenticate = () => app.services.authentication.authenticate(credential);
  const onError = (error: Error) => log.debug({ err: error }, "mcp");
  const { tenantId } = await authenticate();
  const closed = once(process.stdin, "close");
  const subscriptions: (() => void)[] = [];

  const handle = serveStdio(
    ({ era }) => {
      const session = { run, authenticate, call: () => ({ authenticate, requestId: randomUUID() }) };
      const server = buildServer(createHandlers(session), { version: VERSION, notifies: true });
      serveSkills(server, session);
      const watched = new Set<string>();
      if (era === "legacy") watchOnRequest(server, watched);
      subscriptions.push(
        events.subscribe(tenantId, (event) => {
          // In the 2026 era the SDK passes on what the client listens to; before, the server keeps the list.
          const heard = toServerEvents(event).filter(
            (change) => change.kind !== "resource_updated" || era === "modern" || watched.has(change.uri),
          );
          authenticate()
            .then(() => Promise.all(heard.map((change) => tell(server, change))))
            .catch(onError);
        }),
      );
      return server;
    },
    { onerror: onError },
  );

  if (app.config.indexer) app.indexer.start();
  app.webhookDelivery.start();
  return {
    /** Settles when the client has closed its end. */
    closed: closed.then(() => undefined),
    async close() {
      for (const unsubscribe of subscriptions) unsubscribe();
      await handle.close();
    },
  };
}

function watchOnRequest(server: Server, watched: Set<string>): void {
  server.setRequestHandler("resources/subscribe", async ({ params }) => {
    watched.add(canonicalUri(params.uri));
    return {};
  });
  server.setRequestHandler("resources/unsubscribe", async ({ params }) => {
    watched.delete(canonicalUri(params.uri));
    return {};
  });
}

async function tell(server: Server, change: ReturnType<typeof toServerEvents>[number]): Promise<void> {
  switch (change.kind) {
    case "resource_updated":
      return server.sendResourceUpdated({ uri: change.uri });
    case "prompts_list_changed":
      return server.sendPromptListChanged();
    case "resources_list_changed":
      return server.sendResourceListChanged();
    case "tools_list_changed":
      return server.sendToolListChanged();
  }
}
