import { createHash } from "node:crypto";
import type { Client } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { CLIENTS, modern, openServedLibrary } from "../support/sessions.ts";

let served: Awaited<ReturnType<typeof openServedLibrary>>;
let client: Client;
beforeAll(async () => {
  served = await openServedLibrary();
  const { member } = served;
  await member.call("create_prompt", {
    name: "dev/code-review",
    description: 'Reviews a change; says "why"',
    content: "# Reviewing\n\nRead the change.",
    tags: ["skill"],
  });
  await member.call("create_prompt", { name: "no/skill", content: "Not a skill" });
  await member.call("create_prompt", { name: "dev/été", content: "No name for a skill", tags: ["skill"] });
  client = modern();
  await CLIENTS["HTTP, 2026-07-28"](served, client);
});
afterAll(async () => {
  await client.close();
  await served.close();
});

const skillSchema = z.looseObject({
  uri: z.string(),
  frontmatter: z.looseObject({ name: z.string(), description: z.string() }),
  resources: z.array(z.looseObject({ uri: z.string(), digest: z.string(), size: z.int() })),
});

describe("prompts tagged skill, by the Skills extension", () => {
  it("are announced, listed with their front matter and digests, and read as they were digested", async () => {
    expect(client.getServerCapabilities()?.extensions).toMatchObject({
      "io.modelcontextprotocol/skills": {},
    });
    const { skills } = await client.request(
      { method: "skills/list", params: {} },
      z.looseObject({ skills: z.array(skillSchema) }),
    );
    const uri = "skill://dev/code-review/SKILL.md";
    expect(skills).toMatchObject([
      { uri, frontmatter: { name: "code-review", description: 'Reviews a change; says "why"' } },
    ]);
    const { contents } = await client.readResource({ uri });
    const text = z.object({ text: z.string() }).parse(contents[0]).text;
    expect(text).toContain("# Reviewing\n\nRead the change.");
    const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
    expect(skills[0]?.resources).toEqual([{ uri, digest, size: Buffer.byteLength(text) }]);
  });

  it("are got one by one", async () => {
    const get = (uri: string) =>
      client.request({ method: "skills/get", params: { uri } }, z.looseObject({ skill: skillSchema }));
    expect(await get("skill://dev/code-review/SKILL.md")).toMatchObject({
      skill: { frontmatter: { name: "code-review" } },
    });
    for (const path of ["no/skill", "dev/été", "nobody/nothing", ""]) {
      await expect(get(`skill://${path}/SKILL.md`)).rejects.toMatchObject({ code: -32602 });
      await expect(client.readResource({ uri: `skill://${path}/SKILL.md` })).rejects.toThrow(/not found/i);
    }
  });

  it("are another tenant's no more than its prompts are", async () => {
    const other = await served.found("other");
    const theirs = modern();
    await CLIENTS["HTTP, 2026-07-28"]({ ...served, key: await other.key() }, theirs);
    const { skills } = await theirs.request(
      { method: "skills/list", params: {} },
      z.looseObject({ skills: z.array(skillSchema) }),
    );
    expect(skills).toEqual([]);
    await expect(theirs.readResource({ uri: "skill://dev/code-review/SKILL.md" })).rejects.toThrow(
      /not found/i,
    );
    await theirs.close();
  });
});
