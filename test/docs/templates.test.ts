import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readInputSchema } from "../../src/domain/input-schema.ts";
import { checkInputSchema } from "../../src/services/argument-validation.ts";
import { missingTools, ROOT, reader, SNIPPET_TIMEOUT, snippetsOf } from "./snippets.ts";

const page = "docs/templates.md";
const snippet = await snippetsOf(page);

describe("the page on templates", () => {
  it("shows a schema that is taken", async () => {
    const text = await readFile(join(ROOT, page), "utf8");
    const [, schema = ""] = /```json\n(.*?)```/s.exec(text) ?? [];
    expect(() => checkInputSchema(readInputSchema(JSON.parse(schema)))).not.toThrow();
  });

  it.skipIf(missingTools.length > 0)(
    "shows how to include a prompt",
    { timeout: SNIPPET_TIMEOUT },
    async () => {
      const { shell, close } = await reader();
      try {
        const stdout = await shell(snippet("includes"));
        expect(stdout).toContain("Be kind. Answer: Where is my tea?");
        expect(stdout).toContain("support/reply v1\n  support/tone@production v1");
        expect(stdout).toMatch(/support\/reply +1 /);
      } finally {
        await close();
      }
    },
  );
});
