import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { SETTINGS } from "../../src/config/config.ts";
import { missingTools, ROOT, reader, SNIPPET_TIMEOUT, snippetsOf } from "./snippets.ts";

const snippet = await snippetsOf("README.md");

/** As the README's reader has it: with the starter prompts. */
async function withStarters() {
  const { shell, close } = await reader();
  await shell("promptforge import examples/prompts --no-wait");
  return { shell, close };
}

describe.skipIf(missingTools.length > 0)("the README's snippets", { timeout: SNIPPET_TIMEOUT }, () => {
  it("work over REST, and find what they stored", async () => {
    const { shell, close } = await withStarters();
    try {
      const stdout = await shell(snippet("rest"));
      expect(stdout).toContain('"name":"mail/urgency"');
      // Whether the starters are found by meaning yet decides about the order, not about this one being found.
      expect(stdout).toMatch(/"items":\[.*"name":"mail\/urgency"/);
      expect(stdout).toContain("Sort this message by urgency: The site is down!");
      expect(stdout).not.toContain('"code"');
    } finally {
      await close();
    }
  });

  it("found another tenant by registering", async () => {
    const { shell, close } = await withStarters();
    try {
      const stdout = await shell(snippet("register"));
      expect(stdout).toContain('"username":"grace"');
      expect(stdout).toContain('{"items":[],"next_cursor":null}');
    } finally {
      await close();
    }
  });

  it("work in a shell", async () => {
    const { shell, close } = await withStarters();
    try {
      const stdout = await shell(snippet("shell"));
      expect(stdout).toContain("title: Reply to a customer");
      expect(stdout).toMatch(/^2 .* Write it /m);
      expect(stdout).toContain("\nWhere is my order?\n");
      expect(stdout).toMatch(/^ok {4}port .*PromptForge is served/m);
    } finally {
      await close();
    }
  });
});

describe("the documentation", () => {
  it("has every setting in .env.example, and no other", async () => {
    const example = await readFile(join(ROOT, ".env.example"), "utf8");
    const documented = [...example.matchAll(/^#?((?:PROMPTFORGE|QDRANT|OTEL|DATABASE)_[A-Z_]+)=/gm)].map(
      ([, name]) => name,
    );
    expect(documented.sort()).toEqual([...SETTINGS].sort());
  });

  it("links only to files that are there", async () => {
    for (const page of ["README.md", "ARCHITECTURE.md", "docs/organising.md", "docs/decisions/README.md"]) {
      const text = await readFile(join(ROOT, page), "utf8");
      for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        await expect(
          readFile(join(ROOT, dirname(page), target!)),
          `${page}: ${target}`,
        ).resolves.toBeDefined();
      }
    }
  });
});
