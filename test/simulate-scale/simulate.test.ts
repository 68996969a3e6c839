import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULTS } from "../../scripts/simulate-scale/assumptions.ts";
import { SCALING_PAGE, withSimulation } from "../../scripts/simulate-scale/page.ts";
import { place, sum, tiered } from "../../scripts/simulate-scale/placement.ts";
import { simulate } from "../../scripts/simulate-scale/simulate.ts";
import { callShares, tenantSizes } from "../../scripts/simulate-scale/tenants.ts";

const run = promisify(execFile);
const some = (most: number) => fc.integer({ min: 1, max: most });
const world = fc.record({
  tenants: some(3_000),
  prompts: some(1_000_000),
  zipf: fc.double({ min: 0.2, max: 2, noNaN: true }),
  seed: some(1_000),
});

describe("the simulation of scale", () => {
  it("gives tenants all prompts and all calls, whatever their number and the law's exponent", () => {
    fc.assert(
      fc.property(world, (options) => {
        const sizes = tenantSizes(options);
        expect(sum(sizes)).toBe(options.prompts);
        expect(sum(callShares(sizes, 0.8))).toBeCloseTo(1, 9);
      }),
      { numRuns: 50 },
    );
  });

  it("places each copy of everything once, on as many nodes as there are copies", () => {
    fc.assert(
      fc.property(world, some(40), some(12), some(3), (options, shards, nodes, copies) => {
        const sizes = tenantSizes(options);
        const shares = callShares(sizes, 0.8);
        const given = {
          points: sizes,
          shares,
          shards,
          nodes,
          copies,
          promoteAt: options.prompts / shards / 4,
        };
        const layout = tiered(given);
        const kept = Math.min(copies, nodes);
        expect(sum(layout.shards.map(({ points }) => points))).toBe(options.prompts);
        expect(sum(layout.nodes.map(({ points }) => points))).toBe(options.prompts * kept);
        expect(sum(layout.nodes.map(({ searches }) => searches))).toBeCloseTo(1, 9);
      }),
      { numRuns: 50 },
    );
  });

  it("never loads a node more for there being more of them", () => {
    const loads = fc.array(fc.record({ points: some(10_000), searches: fc.constant(0) }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(loads, some(20), some(3), (shards, nodes, copies) => {
        fc.pre(nodes >= copies);
        const fullest = (count: number) =>
          Math.max(...place(shards, count, copies).map(({ points }) => points));
        expect(fullest(nodes + 1)).toBeLessThanOrEqual(fullest(nodes));
      }),
      { numRuns: 200 },
    );
  });

  it("says the same for the same seed, and another placement for another", () => {
    const small = { ...DEFAULTS, tenants: 5_000, prompts: 1_000_000 };
    expect(simulate(small)).toEqual(simulate(small));
    const [first, second] = [simulate(small), simulate({ ...small, seed: 2 })];
    expect(second.tenants).toEqual(first.tenants);
    expect(second.layouts).not.toEqual(first.layouts);
  });

  it("shows what promotion is for: shared shards that are even", () => {
    const { layouts } = simulate(DEFAULTS);
    const [spread, hashed, promoted] = layouts;
    expect(promoted!.shared_max_to_mean).toBeLessThan(hashed!.shared_max_to_mean / 2);
    expect(promoted!.cores_used).toBeLessThan(spread!.cores_used);
    expect(promoted!.own_shards).toBeGreaterThan(0);
  });

  it("takes every figure as a flag, and refuses what is none", async () => {
    const program = join(import.meta.dirname, "../../scripts/simulate-scale.ts");
    const args = [program, "--tenants", "1000", "--prompts", "50000", "--json"];
    const { stdout } = await run(process.execPath, args);
    expect(JSON.parse(stdout)).toEqual(simulate({ ...DEFAULTS, tenants: 1_000, prompts: 50_000 }));
    await expect(run(process.execPath, [program, "--tenants", "many"])).rejects.toMatchObject({ code: 2 });
    await expect(run(process.execPath, [program, "--tenant", "5"])).rejects.toMatchObject({ code: 1 });
  });

  it("is in docs/scaling.md as it stands (npm run docs:scaling)", () => {
    const page = readFileSync(SCALING_PAGE, "utf8");
    expect(withSimulation(page)).toBe(page);
  });
});
