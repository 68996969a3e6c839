import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { PERMISSIONS } from "../../src/domain/roles.ts";
import { catalogue } from "../../src/operations/index.ts";
import { toolsFor } from "../../src/transports/mcp/tool-list.ts";

const OPERATIONS = join(import.meta.dirname, "../../src/operations");
const MACHINERY = ["define-operation.ts", "run-operation.ts", "index.ts"];
const files = readdirSync(OPERATIONS, { withFileTypes: true })
  .filter((entry) => entry.isFile() && !MACHINERY.includes(entry.name))
  .map((entry) => entry.name);
const tests = readdirSync(join(import.meta.dirname, ".."), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts") && !import.meta.filename.endsWith(name))
  .map((name) => readFileSync(join(import.meta.dirname, "..", name), "utf8"))
  .join("\n");
/** The start of a title: `describe("`, `it("`, or `it.each([…])("`. */
const TITLE = /(?:\b(?:describe|it)(?:\.\w+)*|\))\(\s*(["'`])/;

describe("the catalogue of operations", () => {
  it("holds each file of operations/, under the name of the file", () => {
    const names = files.map((file) => file.replace(/\.ts$/, "").replaceAll("-", "_"));
    expect(catalogue.map((operation) => operation.name).sort()).toEqual(names.sort());
  });

  describe.each(catalogue.map((operation) => [operation.name, operation] as const))(
    "%s",
    (name, operation) => {
      it("says what it is, what it needs and what it does", () => {
        expect(operation.title).not.toBe("");
        expect(operation.description.length).toBeGreaterThan(20);
        expect(["public", ...PERMISSIONS]).toContain(operation.permission);
        const { readOnly, destructive } = operation.effects;
        expect(readOnly && destructive).toBe(false);
        expect(operation.permission === "prompts:write" && readOnly).toBe(false);
      });

      it("describes every field of its input", () => {
        const { properties = {} } = z.toJSONSchema(operation.input, { io: "input" });
        for (const [field, schema] of Object.entries(properties)) {
          expect(schema, `${name}.${field}`).toHaveProperty("description");
        }
      });

      it("uses fields of its input in its paths and its command", () => {
        const fields = Object.keys(operation.input.shape);
        const used = [
          ...operation.rest.flatMap((route) =>
            [...route.path.matchAll(/\{(\w+)\}/g)].map(([, field]) => field),
          ),
          ...operation.rest.flatMap((route) => route.ifMatch ?? []),
          ...(operation.cli?.positionals ?? []),
        ];
        for (const field of used) expect(fields).toContain(field);
      });

      it("has a test, or a group of them, that names it in its title", () => {
        const title = new RegExp(`${TITLE.source}(?:(?!\\1).)*\\b${name}\\b`);
        expect(tests).toMatch(title);
      });
    },
  );

  it("has no two routes, and no two commands, alike", () => {
    const routes = catalogue.flatMap((operation) =>
      operation.rest.map(({ method, path }) => `${method} ${path}`),
    );
    const commands = catalogue.flatMap((operation) => operation.cli?.command ?? []);
    expect(new Set(routes).size).toBe(routes.length);
    expect(new Set(commands).size).toBe(commands.length);
  });

  it("says each field's one type, in words that every client reads", () => {
    const text = JSON.stringify(toolsFor(new Set(PERMISSIONS)));
    // A list of types, and Unicode classes in regular expressions, are lost on or refused by several clients.
    expect(text).not.toContain('"type":[');
    expect(text).not.toContain('"pattern":"');
    const list = toolsFor(new Set(PERMISSIONS)).find(({ name }) => name === "list_prompts");
    expect(list?.outputSchema).toMatchObject({
      properties: { next_cursor: { anyOf: [{ type: "string" }, { type: "null" }] } },
    });
  });

  it("makes a list of tools that leaves a model room to work: 24 KB at most", () => {
    const bytes = Buffer.byteLength(JSON.stringify(toolsFor(new Set(PERMISSIONS))));
    expect(bytes).toBeLessThanOrEqual(24 * 1024);
  });

  it("keeps what hands out secrets away from models", () => {
    for (const name of ["create_api_key", "register", "login"]) {
      expect(catalogue.find((operation) => operation.name === name)?.mcp).toBe(false);
    }
  });
});
