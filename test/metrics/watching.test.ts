import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { openMetrics } from "../../src/observability/metrics/open-metrics.ts";
import { openLibrary } from "../support/library.ts";

const DOCS = join(import.meta.dirname, "../../docs");

/** Every series that there is: names as Prometheus has them, with those of histograms and of the process. */
let names: Set<string>;
let labelled: Map<string, Set<string>>;
beforeAll(async () => {
  const library = await openLibrary();
  const metrics = openMetrics({
    storage: library.app.storage,
    file: join(library.dataDir, "promptforge.db"),
    tenants: 1,
    indexReady: async () => true,
    newestBackup: async () => new Date(),
    backupEverySeconds: 3600,
    now: () => new Date(),
  });
  await library.found("ada");
  metrics.runs("1.2.3");
  metrics.called("get_prompt", 1, undefined);
  metrics.requestBegan();
  metrics.requestEnded("rest", 200);
  metrics.limitHit("reads");
  metrics.signedIn("password", "throttled");
  metrics.embedded("query", 1, true);
  metrics.embedded("query", 1, false);
  metrics.lookedUp("queries", true);
  metrics.searchedByWords();
  const text = await metrics.text();
  await library.close();
  labelled = new Map();
  for (const [, name, labels = ""] of text.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? /gm)) {
    const known = labelled.get(name!) ?? new Set();
    for (const [, label] of labels.matchAll(/(\w+)="/g)) known.add(label!);
    labelled.set(name!, known);
  }
  names = new Set(labelled.keys());
});

const METRIC = /\b(?:promptforge|process|nodejs)_\w+/g;

/** Prometheus's own: how a scrape went. */
const FOREIGN = ["up"];

function check(expression: string): void {
  for (const name of expression.match(METRIC) ?? []) expect(names, expression).toContain(name);
  for (const [, name, selector] of expression.matchAll(/\b(\w+)\{([^}]*)\}/g)) {
    if (FOREIGN.includes(name!)) continue;
    for (const [, label] of selector!.matchAll(/(\w+)\s*[=!]/g)) {
      expect(labelled.get(name!), expression).toContain(label);
    }
  }
  expect(
    expression.match(METRIC) ?? FOREIGN.filter((name) => expression.includes(name)),
    expression,
  ).not.toEqual([]);
}

describe("docs/alerts.yml", () => {
  it("asks only for metrics, and labels, that there are, and says what to do", async () => {
    const { groups } = parse(await readFile(join(DOCS, "alerts.yml"), "utf8"));
    const rules = groups.flatMap((group: { rules: unknown[] }) => group.rules);
    expect(rules.length).toBeGreaterThan(10);
    for (const { alert, expr, labels, annotations } of rules) {
      check(expr);
      expect(["page", "ticket"], alert).toContain(labels.severity);
      expect(annotations.description.length, alert).toBeGreaterThan(20);
    }
  });
});

describe("docs/dashboards/promptforge.json", () => {
  it("shows only metrics that there are, and all of ours", async () => {
    const { panels } = JSON.parse(await readFile(join(DOCS, "dashboards/promptforge.json"), "utf8"));
    const expressions: string[] = panels.flatMap((panel: { targets?: { expr: string }[] }) =>
      (panel.targets ?? []).map(({ expr }) => expr),
    );
    for (const expression of expressions) check(expression);
    const shown = expressions.join(" ");
    const ours = [...names]
      .filter((name) => name.startsWith("promptforge_"))
      .map((name) => name.replace(/_(bucket|sum|count)$/, ""));
    for (const name of new Set(ours)) expect(shown).toContain(name);
  });
});

describe("docs/operating.md", () => {
  it("explains each metric of ours", async () => {
    const page = await readFile(join(DOCS, "operating.md"), "utf8");
    const ours = [...names]
      .filter((name) => name.startsWith("promptforge_"))
      .map((name) => name.replace(/_(bucket|sum|count)$/, ""));
    for (const name of new Set(ours)) expect(page).toContain(`\`${name}\``);
  });
});
