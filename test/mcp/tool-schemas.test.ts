import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { PERMISSIONS } from "../../src/domain/roles.ts";
import { toolsFor, toolsOnDemand } from "../../src/transports/mcp/tool-list.ts";

/** Every tool, listed or on demand, as a client is told of it. */
const permissions = new Set(PERMISSIONS);
const TOOLS = [...toolsFor(permissions), ...toolsOnDemand(permissions)];

/** Unknown keywords, types that do not fit their keywords, and properties required but not there are errors. */
const strict = () => new Ajv2020({ strict: true, strictRequired: true, validateFormats: false });

describe.each(TOOLS.map((tool) => [tool.name, tool] as const))("the tool %s", (name, tool) => {
  it("has a name and a description by MCP's rules", () => {
    expect(name).toMatch(/^[A-Za-z0-9_.-]{1,128}$/);
    expect(tool.title).toBeTruthy();
    expect(tool.description?.length).toBeGreaterThan(20);
  });

  it("has schemas that are JSON Schema 2020-12 in the strictest reading", () => {
    for (const schema of [tool.inputSchema, tool.outputSchema ?? { type: "object" }]) {
      expect(schema.type).toBe("object");
      expect(() => strict().compile(JSON.parse(JSON.stringify(schema)))).not.toThrow();
    }
  });

  it("describes every property of its input, and gives it one type", () => {
    for (const [property, schema] of Object.entries(tool.inputSchema.properties ?? {})) {
      expect(schema, property).toMatchObject({ description: expect.stringMatching(/\S{2}/) });
    }
  });
});
