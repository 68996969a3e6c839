import { describe, expect, it } from "vitest";
import { missingTools, reader, SNIPPET_TIMEOUT, snippetsOf } from "./snippets.ts";

const snippet = await snippetsOf("docs/organising.md");

describe.skipIf(missingTools.length > 0)("the page on keeping order", { timeout: SNIPPET_TIMEOUT }, () => {
  it.each([
    {
      name: "filing",
      shows: [/^tags: mails, urgent$/m, /^prompts: 1$/m, /^email +1$/m, /^urgent +1$/m, /^mails +1$/m],
    },
    {
      name: "renaming",
      shows: [/Sort \{\{mail\}\}/, /^support\/triage +support\/email\/triage /m, /^led to: /m],
    },
    { name: "deletion", shows: [/^versions: 1$/m, /delete_prompt/] },
    { name: "bulk", shows: [/^drafts\/one +changed +ready\/one/m, /^ready\/two +Two/m] },
    { name: "use", shows: [/^daily\/standup +What did/m, /^renders: 1$/m, /^reads: 0$/m] },
  ])("shows how to do it: $name", async ({ name, shows }) => {
    const { shell, close } = await reader();
    try {
      const stdout = await shell(snippet(name));
      for (const shown of shows) expect(stdout).toMatch(shown);
    } finally {
      await close();
    }
  });
});
