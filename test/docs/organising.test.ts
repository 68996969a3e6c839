import { describe, expect, it } from "vitest";
import { missingTools, reader, SNIPPET_TIMEOUT, snippetsOf } from "./snippets.ts";

const snippet = await snippetsOf("docs/organising.md");

describe.skipIf(missingTools.length > 0)("the page on keeping order", { timeout: SNIPPET_TIMEOUT }, () => {
  it("shows how to tag, rename a tag and see folders", async () => {
    const { shell, close } = await reader();
    try {
      const stdout = await shell(snippet("filing"));
      expect(stdout).toMatch(/^tags: mails, urgent$/m);
      expect(stdout).toMatch(/^prompts: 1$/m);
      expect(stdout).toMatch(/^email +1$/m);
      expect(stdout).toMatch(/^urgent +1$/m);
      expect(stdout).toMatch(/^mails +1$/m);
    } finally {
      await close();
    }
  });
});
