import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { MCP_PAGE, mcpPage } from "./mcp-page/mcp-page.ts";

it("docs/mcp.md is what a client is answered (if not: npm run docs:mcp)", { timeout: 120_000 }, async () => {
  expect(await readFile(MCP_PAGE, "utf8")).toBe(await mcpPage());
});
