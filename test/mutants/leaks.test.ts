import { parseSync } from "vite";
import { describe, expect, it } from "vitest";
import { allLeaks, layerSources, withSwitches } from "./leaks.ts";
import { type Part, readModule } from "./tenant-conditions.ts";

const sources = layerSources();
const modules = new Map([...sources].map(([file, text]) => [file, readModule(file, text)]));

/** Descriptions of the tables, not statements: all would seem to reach them. */
const TABLES = /^schema\b/;

/** Methods that hold no condition themselves, each with the reason. */
const WITHOUT: ReadonlySet<string> = new Set([
  // The full-text index of the connection, whose own condition is planted in word-rows.ts.
  "remove of word-index.ts",
  // Names a shard; what is asked of it is filtered.
  "routeOf of qdrant-collection.ts",
  // Ids are computed from what they are given.
  "idOf of qdrant-point-ids.ts",
  "placeOf of qdrant-point-ids.ts",
]);

const methods = [...modules]
  .flatMap(([file, { methods }]) => methods.map((method) => ({ file, ...method })))
  .filter(({ name, file }) => !WITHOUT.has(`${name} of ${file}`));

describe("planted leaks", () => {
  it.each(methods)("can be planted in $name of $file, or it only adds rows", ({ file, ...method }) => {
    const { conditions, inserts } = reached(file, method);
    expect(
      conditions || inserts,
      `${method.name} (${file}:${method.line}) has no condition on tenant_id in a form that tenant-conditions.ts knows: ` +
        "eq(table.tenantId, …), or tenant_id = … in SQL, or own.filter(…) for Qdrant. Write it so, or teach the reader the new form.",
    ).toBe(true);
  });

  it("are put into a text that is still a program", () => {
    for (const [file, text] of sources) {
      expect(parseSync(file, withSwitches(file, text)).errors, file).toEqual([]);
    }
  });

  it("have each a place of their own", () => {
    const ids = allLeaks().map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(40);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    ["call", "const own = db.select().from(t).where(eq(t.tenantId, tenantId));"],
    ["sql", `const own = sql\`\${t.tenantId} = \${tenantId} and x\`;`],
    ["sql", `const own = sql\`x in (select y from \${t} where tenant_id = \${tenantId})\`;`],
    ["text", "const own = client.prepare(`select 1 from t where t.tenant_id = @tenantId`);"],
    ["text", 'const own = client.prepare("delete from t where tenant_id = ? and id = ?");'],
    ["filter", "const own = { points: client.count(name, own.filter([])) };"],
    ["words", `const own = tenantWords(\`\${tenantId}:\`, text);`],
  ])("know a condition that is a %s", (form, text) => {
    expect(readModule("own.ts", text).conditions).toMatchObject([{ form }]);
  });
});

/** Whether a part of a module, or anything that it uses in the storage layer, has a condition, or adds rows. */
function reached(
  file: string,
  part: Part,
  seen = new Set<Part>(),
): { conditions: boolean; inserts: boolean } {
  seen.add(part);
  const used = [...part.mentions].flatMap((name) => {
    const from = modules.get(file)?.imports.get(name) ?? file;
    const declared = TABLES.test(from) ? undefined : modules.get(from)?.declarations.get(name);
    return declared === undefined || seen.has(declared) ? [] : [reached(from, declared, seen)];
  });
  return {
    conditions: part.conditions.length > 0 || used.some(({ conditions }) => conditions),
    inserts: part.inserts || used.some(({ inserts }) => inserts),
  };
}
