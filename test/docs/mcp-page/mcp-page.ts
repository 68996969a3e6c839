import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/client";
import { z } from "zod";
import { OPERATIONS } from "../../../src/transports/mcp/tool-list.ts";
import { ALLOW_NOBODY, NOBODY_LISTENS } from "../../audit/changes.ts";
import { type AnyClient, CLIENTS, callTool, modern, openServedLibrary } from "../../support/sessions.ts";
import { type Answers, TOOL_EXAMPLES } from "./tool-examples.ts";

export const MCP_PAGE = join(import.meta.dirname, "../../../docs/mcp.md");

/** docs/mcp.md: all that the server offers to MCP clients, with what a real client is answered. */
export async function mcpPage(): Promise<string> {
  const served = await openServedLibrary(ALLOW_NOBODY);
  const client = await CLIENTS["HTTP, 2026-07-28"](served, modern());
  const grace = await served.join(served.member, "grace", "reviewer");
  const reviewer = await CLIENTS["HTTP, 2026-07-28"]({ ...served, key: await grace.key() }, modern());
  try {
    await served.member.call("create_invitation", { role: "developer", email: "ken@example.com" });
    const webhook = { url: NOBODY_LISTENS, events: ["prompt.deleted"] };
    for (let n = 0; n < 2; n++) await served.member.call("create_webhook", webhook);
    const tools = await toolSections(client, reviewer, () => served.app.indexer.drain());
    return [HEAD, ...tools, "", await otherSections(client as Client)].join("\n");
  } finally {
    await Promise.all([client.close(), reviewer.close()]);
    await served.close();
  }
}

const HEAD = `# MCP: tools, prompts, resources and notifications

Made by \`npm run docs:mcp\` from the catalogue of operations and from what a real client is answered; a test says when it is
stale. Ids, times and cursors stand for others, and scores are rounded. All of it is there over stdio and Streamable HTTP, for clients
of 2026-07-28 and of the years before. \`isError\` answers begin with a stable code, such as \`not_found: …\`, and say what to do. A field that
a tool does not have (\`tag\` for \`tags\`) is ignored, and a second text of the result says so.

## Where a client can do less

| a client that | still has |
| --- | --- |
| shows tools only | every tool: whatever MCP's prompts, resources and completions do is a tool, too |
| reads the first page of a list only | \`search_prompts\`, and \`list_prompts\` with a filter; first pages are large, favourites and what is used most come first |
| has no form for a prompt's arguments | \`use_prompt\` and \`render_prompt\` with \`arguments\`; what is missing is named |
| completes nothing | \`list_prompts\` with \`folder\`, \`get_prompt\` for labels and arguments |
| reads no resources | \`get_prompt\` with \`version\` or \`label\`, \`render_prompt\` |
| hears no notifications | \`list_prompts\` with \`sort: -updated_at\`, \`get_label_history\` |
| lists few tools | \`find_tools\` and \`call_tool\` for all that is marked *on demand* below |

A test shows each line (\`test/mcp/limited-clients.test.ts\`).

## Trying it by hand

The [MCP Inspector](https://github.com/modelcontextprotocol/inspector) shows all of it, in a browser or, with \`--cli\`, in the shell:

\`\`\`sh
npx @modelcontextprotocol/inspector promptforge stdio
npx @modelcontextprotocol/inspector --cli promptforge stdio --method tools/list --strict
npx @modelcontextprotocol/inspector --cli http://127.0.0.1:8080/mcp --transport http \\
  --header "Authorization: Bearer $PROMPTFORGE_TOKEN" --method prompts/list
\`\`\`

Its strict mode, which reports schemas that some client cannot read, finds nothing: \`npm run inspect\` runs it over both transports.

## Tools
`;

async function toolSections(client: AnyClient, reviewer: AnyClient, settle: () => Promise<unknown>) {
  const answers: Record<string, unknown> = {};
  const sections = new Map<string, string>();
  for (const { tool, input, from = {} } of TOOL_EXAMPLES) {
    const drawn = Object.entries(from).map(([field, draw]) => [field, draw(answers as Answers)]);
    const given = { ...input, ...Object.fromEntries(drawn) };
    const onDemand = OPERATIONS.get(tool)?.mcp === "on_demand";
    // Nobody approves a version of their own.
    const caller = tool === "review_prompt" ? reviewer : client;
    answers[tool] = onDemand
      ? await callTool(caller, "call_tool", { name: tool, arguments: given })
      : await callTool(caller, tool, given);
    await settle();
    if (!sections.has(tool)) sections.set(tool, sectionOf(tool, given, answers[tool]));
  }
  const missing = [...OPERATIONS.keys()].filter((name) => !sections.has(name));
  if (missing.length > 0) {
    throw new Error(`test/docs/mcp-page/tool-examples.ts has no call of ${missing.join(", ")}`);
  }
  return [...OPERATIONS.keys()].map((name) => sections.get(name));
}

function sectionOf(tool: string, input: unknown, answer: unknown): string {
  const { description = "", mcp } = OPERATIONS.get(tool) ?? {};
  return [
    `### ${tool}${mcp === "on_demand" ? " (on demand)" : ""}`,
    "",
    description,
    "",
    json(input),
    "",
    "answers",
    "",
    json(answer),
    "",
  ].join("\n");
}

async function otherSections(client: Client): Promise<string> {
  const { prompts } = await client.listPrompts();
  const filled = await client.getPrompt({
    name: "support/triage",
    arguments: { product: "Tea", ticket: "Where is my order?" },
  });
  const { resourceTemplates } = await client.listResourceTemplates();
  const { resources } = await client.listResources();
  const read = await client.readResource({ uri: "prompt://support/triage/versions/1" });
  const completed = await client.complete({
    ref: { type: "ref/resource", uri: "prompt://{name}" },
    argument: { name: "name", value: "sup" },
  });
  const found = await client.callTool({ name: "find_tools", arguments: { query: "label history" } });
  return [
    "### find_tools\n\nFinds tools by what they do, in anybody's words: the best first, eight at most, with what they take. Without a query, all on demand.\n",
    json({ query: "label history" }),
    "\nanswers\n",
    json(found.structuredContent),
    "\n## Prompts\n\nEvery prompt of the library is an MCP prompt: its latest version. `prompts/list`:\n",
    json(prompts),
    "\n`prompts/get` with all its arguments; a client that has forms is asked for what is missing:\n",
    json(filled),
    "\n## Resources\n\nAddresses that can be read, by `resources/templates/list`:\n",
    table(resourceTemplates),
    "\n`resources/list`:\n",
    json(resources),
    "\n`resources/read` of a version, which clients may keep for an hour since it never changes:\n",
    json(read),
    "\nCompletion of what stands in these addresses:\n",
    json(completed.completion),
    "\n## Skills\n\nA prompt that has the tag `skill` is served by the extension `io.modelcontextprotocol/skills`, too: `skills/list`,",
    "`skills/get`, and its file at `skill://{name}/SKILL.md`. Its name's last part is the skill's name.",
    "\n## Notifications\n",
    NOTIFICATIONS,
  ].join("\n");
}

const NOTIFICATIONS = `| notification | when |
| --- | --- |
| \`notifications/prompts/list_changed\`, \`notifications/resources/list_changed\` | a prompt is made, changed, archived or restored |
| \`notifications/resources/updated\` with \`prompt://{name}\` | the prompt has a new version, is archived or restored |
| … with \`prompt://{name}/labels/{label}\` | the label is set, moved, rolled back or removed |
| … with \`prompt://{name}/versions/{version}\` | the version is submitted for review, or decided on |

A client of 2026-07-28 opens them by \`subscriptions/listen\`; over stdio an older one by \`resources/subscribe\`. Only changes of its own
tenant are heard, and none after its credential has ended.
`;

const templateSchema = z.object({ uriTemplate: z.string(), title: z.string(), description: z.string() });

function table(templates: readonly unknown[]): string {
  const rows = templates.map((template) => {
    const { uriTemplate, title, description } = templateSchema.parse(template);
    return `| \`${uriTemplate}\` | ${title} | ${description} |`;
  });
  return ["| address | | |", "| --- | --- | --- |", ...rows].join("\n");
}

/** JSON in which whatever differs from run to run stands for itself. */
function json(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, steady, 2)}\n\`\`\``;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const HASH = /^(?:(?:\d+:)?[0-9a-f]{64}|pf[a-z]*_[A-Za-z0-9_-]+)$/;
const INEXACT = new Set(["score", "confidence", "similarity"]);
const OPAQUE = new Set(["next_cursor", "requestId", "request_id"]);

function steady(key: string, value: unknown): unknown {
  if (typeof value === "number" && INEXACT.has(key)) return Number(value.toFixed(1));
  if (key === "milliseconds" && value !== null) return 12;
  if (typeof value !== "string") return value;
  if (OPAQUE.has(key) || HASH.test(value)) return "…";
  return value
    .replace(UUID, "1f0c5e2a-0000-4000-8000-000000000000")
    .replace(TIME, "2026-01-01T12:00:00.000Z")
    .replace(DAY, "2026-01-01");
}
