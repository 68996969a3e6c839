import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROLES, type Role } from "../../src/domain/roles.ts";
import { catalogue } from "../../src/operations/index.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";
import type { Connection } from "../support/sessions.ts";
import { probes } from "./fixtures.ts";
import { probe, type Stage, setStage } from "./stage.ts";
import {
  byCommand,
  operationOf,
  originalPathsOf,
  overMcp,
  overOriginalPaths,
  overRest,
  type Way,
} from "./ways.ts";

/** A call that meets a limit reaches nothing, and shows nothing. */
const UNLIMITED = Object.fromEntries(
  ["READS", "WRITES", "SEARCH", "IMPORT"].map((name) => [`PROMPTFORGE_LIMIT_${name}`, "1000000"]),
);

/** Who may most and who may least: for what differs from another way in its wording alone. */
const EXTREMES = ["admin", "viewer"] as const satisfies readonly Role[];

const WAYS = [
  ...(["HTTP, 2026-07-28", "HTTP, 2025-11-25"] as const).map((era) => ({
    name: `over MCP, ${era}`,
    roles: era === "HTTP, 2025-11-25" ? EXTREMES : ROLES,
    open: (connection: Connection) => overMcp(connection, era),
    operations: catalogue.filter(({ mcp }) => mcp),
  })),
  {
    name: "over REST",
    roles: ROLES,
    open: overRest,
    operations: catalogue.filter(({ rest }) => rest.length > 0),
  },
  {
    name: "over the original's paths",
    roles: EXTREMES,
    open: overOriginalPaths,
    operations: catalogue.filter((operation) => originalPathsOf(operation).length > 0),
  },
  {
    name: "by the command line",
    roles: ROLES,
    open: byCommand,
    operations: catalogue.filter(({ cli }) => cli !== undefined),
  },
];

describe.each(WAYS)("another tenant, $name", ({ open, operations, roles }) => {
  let library: ServedLibrary;
  let stage: Stage;
  let ways: Map<Role, Way>;

  beforeAll(async () => {
    library = await serveLibrary({ environment: UNLIMITED });
    stage = await setStage(library, roles);
    const { url, dataDir } = library;
    const opened = roles.map(async (role) => {
      const key = await stage.attackers.get(role)!.key();
      return [role, await open({ url, dataDir, key })] as const;
    });
    ways = new Map(await Promise.all(opened));
  });
  afterAll(async () => {
    for (const way of ways.values()) await way.close();
    await stage.close();
    await library.close();
  });

  describe.each(roles)("as %s", (role) => {
    it("reaches its own", async () => {
      const answer = await ways.get(role)!.call(operationOf("get_versions"), { name: "own" });
      expect(JSON.stringify(answer)).toContain("The attacker's own, again");
    });

    // In the order of the probes: what one has looked for oneself is told later.
    const names = Object.keys(probes).filter((name) => operations.includes(operationOf(name)));
    it.each(names)("learns and changes nothing by %s", (name) => probe(stage, ways.get(role)!, name));
  });
});
