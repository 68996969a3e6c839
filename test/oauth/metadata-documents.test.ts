import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ClientMemory, OAUTH_CLIENTS } from "../support/oauth-clients.ts";
import { oauthScript, REDIRECT } from "../support/oauth-script.ts";
import { agreeing } from "../support/people.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";
import { callTool } from "../support/sessions.ts";

const PEM = readFileSync(join(import.meta.dirname, "fixtures/localhost-test.pem"), "utf8");
const trusted = getCACertificates("default");

/** The site of a client that publishes its metadata: what it answers with, and what it was asked. */
let site: Server;
let document: Record<string, unknown>;
let asked: string[];
let clientId: string;

let library: ServedLibrary;
beforeAll(async () => {
  setDefaultCACertificates([...trusted, PEM]);
  site = createServer({ cert: PEM, key: PEM }, (request, response) => {
    asked.push(String(request.url));
    response.setHeader("Content-Type", "application/json").end(JSON.stringify(document));
  });
  await once(site.listen(0, "127.0.0.1"), "listening");
  library = await serveLibrary({
    environment: { PROMPTFORGE_OUTGOING_ALLOW: "localhost", PROMPTFORGE_CLIENT_REGISTRATION: "closed" },
  });
  await library.found("ada");
});
afterAll(async () => {
  setDefaultCACertificates(trusted);
  site.closeAllConnections();
  await new Promise((resolve) => site.close(resolve));
  await library.close();
});

let serial = 0;
beforeEach(() => {
  serial += 1;
  asked = [];
  clientId = `https://localhost:${(site.address() as AddressInfo).port}/client-${serial}.json`;
  document = { client_id: clientId, client_name: "Published", redirect_uris: [REDIRECT] };
});

describe("a client that is known by the address of its metadata document", () => {
  it("comes in without registering, and is named with the site that answers for it", async () => {
    const script = oauthScript(library);
    const { html } = await script.opened(script.authorization(clientId));
    expect(html).toContain(`Published (${new URL(clientId).host}) wants to use PromptForge for you.`);
    expect(asked).toEqual([new URL(clientId).pathname]);
  });

  it("is what the v2 client is when it has such an address", async () => {
    const memory = Object.assign(new ClientMemory(), { clientMetadataUrl: clientId });
    document = { ...memory.clientMetadata, client_id: clientId };
    const person = agreeing(library.url, "ada");
    const { client } = await OAUTH_CLIENTS["the v2 client"](library.url, person, memory);
    expect(await callTool(client, "whoami", {})).toMatchObject({ username: "ada" });
    expect(decodeJwt(memory.tokens().access_token)["client_id"]).toBe(clientId);
    await client.close();
  });

  it.each([
    ["another id", { client_id: "https://localhost/other.json" }],
    ["a secret", { client_secret: "a secret" }],
    ["authentication by a secret", { token_endpoint_auth_method: "client_secret_post" }],
    ["no redirect address", { redirect_uris: [] }],
    ["a redirect that runs a script", { redirect_uris: ["javascript:alert(1)"] }],
    ["more than five kilobytes", { padding: "x".repeat(6000) }],
  ])("is refused when its document has %s", async (_case, wrong) => {
    Object.assign(document, wrong);
    const script = oauthScript(library);
    expect(await script.opened(script.authorization(clientId))).toMatchObject({
      away: undefined,
      status: 400,
    });
  });

  it("is not asked where the operator has not allowed addresses of the inside", async () => {
    const strict = await serveLibrary();
    try {
      const script = oauthScript(strict);
      const addresses = [
        clientId,
        "https://127.0.0.1/c.json",
        "https://[::1]/c.json",
        "https://169.254.169.254/c.json",
      ];
      for (const address of addresses) {
        const page = await script.opened(script.authorization(address));
        expect([page.away, page.status], address).toEqual([undefined, 400]);
        expect(page.html).not.toContain("refused");
      }
      expect(asked).toEqual([]);
    } finally {
      await strict.close();
    }
  });
});
