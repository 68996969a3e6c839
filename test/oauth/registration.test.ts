import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DirectoryStore } from "../../src/domain/ports/storage.ts";
import { oauthScript, REDIRECT } from "../support/oauth-script.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
let script: ReturnType<typeof oauthScript>;
beforeAll(async () => {
  library = await serveLibrary();
  script = oauthScript(library);
});
afterAll(() => library.close());

describe("registering", () => {
  it("takes clients as they come, and gives them no secret", async () => {
    const reply = await script.register({
      redirect_uris: [
        "http://127.0.0.1/",
        "cursor://anysphere.cursor/oauth/callback",
        "https://vscode.dev/redirect",
      ],
      grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
      token_endpoint_auth_method: "client_secret_post",
      scope: "prompts:read openid email",
    });
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      application_type: "native",
      grant_types: ["authorization_code", "refresh_token"],
      token_endpoint_auth_method: "none",
    });
    expect(reply.body).not.toHaveProperty("client_secret");
    expect(reply.body).not.toHaveProperty("scope");
  });

  it.each([
    ["omitted", undefined],
    ["null", null],
    ["a secret's", "client_secret_basic"],
  ])(
    "makes a public client, without a secret in the answer or the store, of one whose method is %s",
    async (_case, method) => {
      const reply = await script.register({ token_endpoint_auth_method: method });
      if (reply.status !== 201) return expect(reply.body.error).toBe("invalid_client_metadata");
      expect(reply.body).toMatchObject({ token_endpoint_auth_method: "none" });
      const find = (store: DirectoryStore) => store.oauth.find("Client", reply.body.client_id, new Date());
      const record = await library.app.storage.directory.read(find);
      for (const kept of [reply.body, record?.payload])
        expect(Object.keys(kept).filter((name) => name.includes("secret"))).toEqual([]);
    },
  );

  it.each([
    ["http to another machine", "http://app.example/callback"],
    ["a script", "javascript:alert(1)"],
    ["data", "data:text/html,x"],
    ["a fragment", "https://app.example/callback#x"],
    ["no address", "callback"],
  ])("refuses a redirect to %s", async (_case, redirect) => {
    const reply = await script.register({ redirect_uris: [redirect] });
    expect([reply.status, reply.body.error]).toEqual([
      400,
      expect.stringMatching(/^invalid_(client_metadata|redirect_uri)$/),
    ]);
  });

  it("is forgotten after a day where nobody has allowed the client anything, and kept with a consent otherwise", async () => {
    await library.found("ada");
    await script.tokens();
    const unused = (await script.register()).body.client_id;
    const daysLeft = async (id: string) => {
      const find = (store: DirectoryStore) => store.oauth.find("Client", id, new Date());
      const record = await library.app.storage.directory.read(find);
      return ((record?.expiresAt.getTime() ?? 0) - Date.now()) / (24 * 60 * 60 * 1000);
    };
    expect(await daysLeft(unused)).toBeLessThanOrEqual(1);
    expect(await daysLeft(await script.client())).toBeGreaterThan(179);
  });

  it("is limited by address", async () => {
    const limited = await serveLibrary();
    try {
      const json = { redirect_uris: [REDIRECT], token_endpoint_auth_method: "none" };
      const replies = [];
      for (let count = 0; count < 31; count++)
        replies.push(await limited.stranger("POST", "/oauth/register", { json }));
      expect(replies.map(({ status }) => status)).toEqual([...Array(30).fill(201), 429]);
      expect(Number(replies[30]?.headers.get("Retry-After"))).toBeGreaterThan(0);
    } finally {
      await limited.close();
    }
  });

  it("can be turned off", async () => {
    const closed = await serveLibrary({ environment: { PROMPTFORGE_CLIENT_REGISTRATION: "closed" } });
    try {
      const metadata = await closed.stranger("GET", "/.well-known/oauth-authorization-server");
      expect(metadata.body).not.toHaveProperty("registration_endpoint");
      expect((await closed.stranger("POST", "/oauth/register", { json: {} })).status).toBe(404);
    } finally {
      await closed.close();
    }
  });
});
