import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../../src/domain/roles.ts";
import { catalogue } from "../../src/operations/index.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";
import { CLIENTS } from "../support/sessions.ts";
import { CANARY, probes } from "./fixtures.ts";
import { probe, type Stage, setStage } from "./stage.ts";
import { byCommand, operationOf, overMcp, overRest, type Way } from "./ways.ts";

const ROLES = ["admin", "viewer"] as const satisfies readonly Role[];

const WAYS = [
  { name: "over MCP", open: overMcp, operations: catalogue.filter(({ mcp }) => mcp) },
  { name: "over REST", open: overRest, operations: catalogue.filter(({ rest }) => rest.length > 0) },
  {
    name: "by the command line",
    open: byCommand,
    operations: catalogue.filter(({ cli }) => cli !== undefined),
  },
];

describe.each(WAYS)("another tenant, $name", ({ open, operations }) => {
  let library: ServedLibrary;
  let stage: Stage;
  let ways: Map<Role, Way>;

  beforeAll(async () => {
    library = await serveLibrary();
    stage = await setStage(library, ROLES);
    const { url, dataDir } = library;
    const opened = ROLES.map(async (role) => {
      const key = await stage.attackers.get(role)!.key();
      return [role, await open({ url, dataDir, key })] as const;
    });
    ways = new Map(await Promise.all(opened));
  });
  afterAll(async () => {
    for (const way of ways.values()) await way.close();
    await library.close();
  });

  describe.each(ROLES)("as %s", (role) => {
    it("reaches its own", async () => {
      const answer = await ways.get(role)!.call(operationOf("get_prompt"), { name: "own" });
      expect(JSON.stringify(answer)).toContain("The attacker's own, again");
    });

    // In the order of the probes: what one has looked for oneself is told later.
    const names = Object.keys(probes).filter((name) => operations.includes(operationOf(name)));
    it.each(names)("learns and changes nothing by %s", (name) => probe(stage, ways.get(role)!, name));
  });
});

describe("another tenant, by MCP's prompts and resources", () => {
  it("sees none of the victim's, and is answered as if there were none", async () => {
    const library = await serveLibrary();
    try {
      const { victim, attackers } = await setStage(library, ["admin"]);
      const key = await attackers.get("admin")!.key();
      const client = await CLIENTS["HTTP, 2026-07-28"]({ ...library, key });
      const lists = [await client.listPrompts(), await client.listResources()];
      expect(JSON.stringify(lists)).toContain("own");
      expect(JSON.stringify(lists)).not.toContain(CANARY);
      const failure = (call: Promise<unknown>) =>
        call.then(
          () => "answered",
          (error) => `${error.code} ${error.message}`,
        );
      for (const name of [victim.prompt.name, victim.prompt.id, victim.archived.name]) {
        const prompt = await failure(client.getPrompt({ name }));
        expect(prompt).toBe(await failure(client.getPrompt({ name: "nobody/nothing" })));
        const resource = await failure(client.readResource({ uri: `prompt://${name}` }));
        const nobodys = await failure(client.readResource({ uri: "prompt://nobody/nothing" }));
        expect(resource.replace(name, "")).toBe(nobodys.replace("nobody/nothing", ""));
      }
      await client.close();
    } finally {
      await library.close();
    }
  });
});
