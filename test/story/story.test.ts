import type { Client } from "@modelcontextprotocol/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Role } from "../../src/domain/roles.ts";
import type { TestMember } from "../support/library.ts";
import { restClient, type ServedLibrary, serveLibrary } from "../support/rest.ts";
import { CLIENTS, modern } from "../support/sessions.ts";
import { type Person, TELLINGS } from "./people.ts";

const NAME = "support/answer";

/** A chat with typed arguments, which begins with another prompt. */
const CHAT = {
  name: NAME,
  title: "Answer a customer",
  messages: [
    { role: "system", content: "{{> support/tone}} Answer in {{lines}} lines." },
    { placeholder: "history" },
    { role: "user", content: "{{question}}" },
  ],
  input_schema: {
    type: "object",
    properties: {
      lines: { type: "integer", minimum: 1, maximum: 9, default: 3 },
      question: { type: "string", description: "What the customer asks" },
    },
    required: ["question"],
  },
  config: { temperature: 0.2 },
};

let library: ServedLibrary;
let founder: TestMember;
let people: Person[];

beforeEach(async () => {
  library = await serveLibrary();
  founder = await library.found("ada");
  people = [];
});
afterEach(async () => {
  for (const somebody of people) await somebody.close();
  await library.close();
});

describe.each(Object.entries(TELLINGS))("the life of a prompt, %s", (_way, open) => {
  it("goes from a draft by review into production, and back", { timeout: 120_000 }, async () => {
    const admin = await enter(open, founder);
    const author = await enter(open, await library.join(founder, "grace", "developer"));
    const reviewer = await enter(open, await library.join(founder, "ken", "reviewer"));
    const { heard, close } = await subscriber();

    await admin.call("set_review_policy", { approvals: 1, protected_labels_need_approval: true });
    await author.call("create_prompt", { name: "support/tone", content: "Be kind." });
    const draft = await author.call("create_prompt", CHAT);
    expect(draft).toMatchObject({ version: 1, type: "chat", config: { temperature: 0.2 } });

    await author.call("submit_for_review", { name: NAME, version: 1, note: "The first draft" });
    await refused("forbidden", author.call("review_prompt", { name: NAME, version: 1, decision: "approve" }));
    const queue = await reviewer.call("list_reviews", { status: "pending" });
    expect(queue.items).toMatchObject([{ name: NAME, version: 1, note: "The first draft" }]);
    const wish = { decision: "request_changes", comment: "Thank them first" };
    await reviewer.call("review_prompt", { name: NAME, version: 1, ...wish });
    await refused("forbidden", author.call("set_label", { name: NAME, label: "production", version: 1 }));

    const [system, ...rest] = CHAT.messages;
    const thanking = { ...system, content: `${system?.content} Thank them first.` };
    await author.call("update_prompt", { name: NAME, messages: [thanking, ...rest], expected_version: 1 });
    await author.call("submit_for_review", { name: NAME, version: 2 });
    await reviewer.call("review_prompt", { name: NAME, version: 2, decision: "approve" });
    await admin.call("set_label", { name: NAME, label: "production", version: 2, reason: "Approved" });
    await until(() => heard.includes(`prompt://${NAME}/labels/production`));

    const rendered = await script({ question: "Where is my order?", history: [] });
    expect(rendered).toMatchObject({
      version: 2,
      config: { temperature: 0.2 },
      messages: [
        { role: "system", content: "Be kind. Answer in 3 lines. Thank them first." },
        { role: "user", content: "Where is my order?" },
      ],
    });

    const unreviewed = { ...system, content: "Answer in {{lines}} lines." };
    await author.call("update_prompt", { name: NAME, messages: [unreviewed, ...rest] });
    await author.call("submit_for_review", { name: NAME, version: 3 });
    await reviewer.call("review_prompt", { name: NAME, version: 3, decision: "approve" });
    await admin.call("set_label", { name: NAME, label: "production", version: 3 });
    await admin.call("rollback_label", { name: NAME, label: "production", reason: "It lost its kindness" });
    expect(await script({ question: "Hello?", history: [] })).toMatchObject({ version: 2 });

    const { items } = await admin.call("get_audit_log", { target: draft.id, limit: 100 });
    const told = items.map((entry: { operation: string; username: string }) => [
      entry.operation,
      entry.username,
    ]);
    expect(told.toReversed()).toEqual([
      ["create_prompt", "grace"],
      ["submit_for_review", "grace"],
      ["review_prompt", "ken"],
      ["update_prompt", "grace"],
      ["submit_for_review", "grace"],
      ["review_prompt", "ken"],
      ["set_label", "ada"],
      ["update_prompt", "grace"],
      ["submit_for_review", "grace"],
      ["review_prompt", "ken"],
      ["set_label", "ada"],
      ["rollback_label", "ada"],
    ]);
    await close();
  });
});

async function enter(open: (typeof TELLINGS)[string], member: TestMember): Promise<Person> {
  const { url, dataDir } = library;
  const somebody = await open({ url, dataDir, key: await member.key() });
  people.push(somebody);
  return somebody;
}

/** Listens, as a client does that keeps its copy of what is in production. */
async function subscriber() {
  const client: Client = modern();
  const heard: string[] = [];
  client.setNotificationHandler("notifications/resources/updated", ({ params }) => {
    heard.push(params.uri);
  });
  await CLIENTS["HTTP, 2026-07-28"]({ ...library, key: await founder.key() }, client);
  await client.listen({ resourceSubscriptions: [`prompt://${NAME}/labels/production`] });
  return { heard, close: () => client.close() };
}

/** A script that fills what is in production, over REST. */
async function script(values: Record<string, unknown>) {
  const role: Role = "viewer";
  const rest = restClient(library.url, await founder.key(role));
  const { status, body } = await rest("POST", `/v1/prompts/${encodeURIComponent(NAME)}/render`, {
    json: { label: "production", arguments: values },
  });
  expect(status).toBe(200);
  return body;
}

async function refused(code: string, call: Promise<unknown>): Promise<void> {
  await expect(call).rejects.toMatchObject({ code });
}

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 20_000 }).toBe(true);
}
