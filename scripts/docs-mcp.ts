/** Writes docs/mcp.md from the catalogue of operations and the answers of a running server; a test says when it is stale. */
import { writeFileSync } from "node:fs";
import { MCP_PAGE, mcpPage } from "../test/docs/mcp-page/mcp-page.ts";

writeFileSync(MCP_PAGE, await mcpPage());
