import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Folder, foundedFolder } from "../cli/processes.ts";
import { type OutsideIssuer, startIssuer } from "./issuer.ts";

let issuer: OutsideIssuer;
let folder: Folder;
let tenantId: string;

beforeAll(async () => {
  issuer = await startIssuer();
});
beforeEach(async () => {
  folder = await foundedFolder();
  const { stdout } = await folder.run(["whoami", "--json"]);
  tenantId = JSON.parse(stdout).tenant_id;
});
afterEach(() => folder.remove());
afterAll(() => issuer.close());

/** What doctor says of a provider. */
async function finding(provider: Record<string, unknown>, allow = issuer.url) {
  const file = join(folder.dataDir, "providers.json");
  const usual = {
    name: "acme",
    issuer: issuer.url,
    tenants: [tenantId],
    access_tokens: { audiences: ["a"] },
  };
  await writeFile(file, JSON.stringify({ providers: [{ ...usual, ...provider }] }));
  const env = {
    PROMPTFORGE_PORT: "0",
    PROMPTFORGE_IDENTITY_PROVIDERS: file,
    PROMPTFORGE_OUTGOING_ALLOW: allow,
  };
  const { stdout } = await folder.run(["doctor", "--json"], { env });
  const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; message: string }[] };
  return checks.find(({ name }) => name === "provider acme");
}

describe("promptforge doctor on an identity provider", () => {
  it("is content when it answers and opens tenants that are there", async () => {
    expect(await finding({})).toMatchObject({ status: "ok", message: `${issuer.url} answers, for 1 tenant` });
  });

  it.each<[string, () => Record<string, unknown>, string]>([
    ["opens a tenant that is not there", () => ({ tenants: [tenantId, "nowhere"] }), "not there: nowhere"],
    ["calls itself otherwise", () => ({ issuer: `${issuer.url}/` }), "in exactly these characters"],
    ["is no issuer", () => ({ issuer: `${issuer.url}/elsewhere` }), "unexpected HTTP"],
  ])("says why when it %s", async (_what, provider, reason) => {
    expect(await finding(provider())).toMatchObject({
      status: "fail",
      message: expect.stringContaining(reason),
    });
  });

  it("names the setting when its address is not allowed", async () => {
    expect(await finding({}, "")).toMatchObject({
      status: "fail",
      message: expect.stringContaining("PROMPTFORGE_OUTGOING_ALLOW"),
    });
  });
});
