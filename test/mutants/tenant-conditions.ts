import { dirname, join } from "node:path";
import { type ESTree, parseSync, Visitor } from "vite";

/**
 * `call`: `eq(table.tenantId, …)` or `eq(tenants.id, …)`; `sql`: the same in a template that drizzle reads; `text`: in a text that SQLite is
 * given; `words`: the tenant's mark before a word of the full-text index; `filter`: a request's filter in Qdrant, which `own.filter(…)` makes.
 */
export type ConditionForm = "call" | "sql" | "text" | "words" | "filter";

/** A place in the source that keeps a statement to one tenant. */
export interface TenantCondition {
  readonly form: ConditionForm;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly source: string;
}

/** A piece of the source. */
export interface Part {
  /** Names in it, to follow to what it uses. */
  readonly mentions: ReadonlySet<string>;
  readonly conditions: readonly TenantCondition[];
  /** Whether it adds rows, or leaves the work to the tenant's own store. */
  readonly inserts: boolean;
}

/** A method of a store that is bound to a tenant, or one that is told the tenant. */
export interface StoreMethod extends Part {
  readonly name: string;
  readonly line: number;
}

export interface ReadModule {
  /** In the order of the source, none inside another. */
  readonly conditions: readonly TenantCondition[];
  readonly methods: readonly StoreMethod[];
  /** Functions and constants, by name: what a method may use. */
  readonly declarations: ReadonlyMap<string, Part>;
  /** Names that come from other modules, with their paths within the layer. */
  readonly imports: ReadonlyMap<string, string>;
  /** Where a text with plain quotes holds a condition: it has to become a template before anything can be put into it. */
  readonly quoted: readonly { readonly start: number; readonly end: number }[];
}

const OPERAND = String.raw`(?:(?:\w+\.)?"?tenant_id"?|\$\{\w+\.tenantId\}|@\w+|\?|\$\{\w+\})`;
const COLUMN = String.raw`(?:(?:\w+\.)?"?tenant_id"?|\$\{\w+\.tenantId\})`;
const IN_SQL = new RegExp(`${COLUMN} = ${OPERAND}`, "g");
const IN_WORDS = /\$\{tenantId\}:/g;
const INSERT = /\binsert (?:or \w+ )?into\b|\.insert\(|\btenantStore\(tenantId\)/;

/** Reads a module of a layer that keeps tenants apart. Throws when the text is not TypeScript. */
export function readModule(path: string, text: string): ReadModule {
  const { program, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  const conditions: TenantCondition[] = [];
  const quoted: { start: number; end: number }[] = [];
  const tagged = new Set<ESTree.Node>();
  const mentioned: { name: string; start: number }[] = [];
  const declared: { name: string; node: ESTree.Node }[] = [];
  const methods: ReturnType<typeof methodsOf> = [];
  const imports = new Map<string, string>();

  const add = (form: ConditionForm, start: number, end: number) =>
    conditions.push({ form, start, end, line: lineOf(text, start), source: text.slice(start, end) });
  const addMatches = (pattern: RegExp, form: ConditionForm, { start, end }: ESTree.Node) => {
    for (const match of text.slice(start, end).matchAll(pattern)) {
      add(form, start + match.index, start + match.index + match[0].length);
    }
  };

  new Visitor({
    ImportDeclaration({ source, specifiers }) {
      if (!source.value.startsWith(".")) return;
      for (const { local } of specifiers) imports.set(local.name, join(dirname(path), source.value));
    },
    Identifier: ({ name, start }) => mentioned.push({ name, start }),
    VariableDeclarator: (node) =>
      node.id.type === "Identifier" && declared.push({ name: node.id.name, node }),
    FunctionDeclaration(node) {
      if (node.id !== null) declared.push({ name: node.id.name, node });
      if (takesTenant(node) && node.body !== null) methods.push(...methodsOf(objectIn(node.body)));
    },
    ArrowFunctionExpression(node) {
      if (takesTenant(node)) methods.push(...methodsOf(objectIn(node.body)));
    },
    ObjectExpression(node) {
      methods.push(...methodsOf(node).filter(({ node: { value } }) => takesTenant(value)));
    },
    CallExpression(node) {
      if (isTenantEquality(node)) add("call", node.start, node.end);
      if (isOwnFilter(node)) add("filter", node.start, node.end);
    },
    TaggedTemplateExpression: (node) => tagged.add(node.quasi),
    TemplateLiteral(node) {
      addMatches(IN_SQL, tagged.has(node) ? "sql" : "text", node);
      addMatches(IN_WORDS, "words", node);
    },
    Literal(node) {
      if (typeof node.value !== "string" || node.value.search(IN_SQL) < 0) return;
      addMatches(IN_SQL, "text", node);
      quoted.push({ start: node.start, end: node.end });
    },
  }).visit(program);

  const outermost = conditions
    .toSorted((a, b) => a.start - b.start)
    .filter((one, _, all) => !all.some((other) => other !== one && contains(other, one)));
  const within = (node: ESTree.Node) => ({
    mentions: new Set(mentioned.filter((one) => contains(node, one)).map(({ name }) => name)),
    conditions: outermost.filter((one) => contains(node, one)),
    inserts: INSERT.test(text.slice(node.start, node.end)),
  });
  return {
    conditions: outermost,
    quoted,
    imports,
    methods: methods.map(({ name, node }) => ({ name, line: lineOf(text, node.start), ...within(node) })),
    declarations: new Map(declared.map(({ name, node }) => [name, within(node)])),
  };
}

function contains(outer: ESTree.Span, inner: { readonly start: number; readonly end?: number }): boolean {
  return outer.start <= inner.start && (inner.end ?? inner.start) <= outer.end;
}

function lineOf(text: string, position: number): number {
  return text.slice(0, position).split("\n").length;
}

/** `eq(…)` with the tenant_id of a table on either side. */
function isTenantEquality({ callee, arguments: operands }: ESTree.CallExpression): boolean {
  return callee.type === "Identifier" && callee.name === "eq" && operands.some(isTenantColumn);
}

function isOwnFilter({ callee }: ESTree.CallExpression): boolean {
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return false;
  const { object, property } = callee;
  return object.type === "Identifier" && object.name === "own" && property.name === "filter";
}

/** `table.tenantId`, or `tenants.id`. */
function isTenantColumn(node: ESTree.Node): boolean {
  if (node.type !== "MemberExpression" || node.property.type !== "Identifier") return false;
  const { object, property } = node;
  if (property.name === "tenantId") return true;
  return property.name === "id" && object.type === "Identifier" && object.name === "tenants";
}

/** `(tenantId) => …`, which gives the store of a tenant, or a method that is told the tenant. */
function takesTenant(node: ESTree.Node): node is ESTree.ArrowFunctionExpression | ESTree.Function {
  return isFunction(node) && node.params.some((one) => one.type === "Identifier" && one.name === "tenantId");
}

function isFunction(node: ESTree.Node): node is ESTree.ArrowFunctionExpression | ESTree.Function {
  return (
    node.type === "ArrowFunctionExpression" ||
    node.type === "FunctionExpression" ||
    node.type === "FunctionDeclaration"
  );
}

function methodsOf(object: ESTree.ObjectExpression | undefined) {
  return (object?.properties ?? []).flatMap((property) =>
    property.type === "Property" && property.key.type === "Identifier" && isFunction(property.value)
      ? [{ name: property.key.name, node: property }]
      : [],
  );
}

function objectIn(node: ESTree.Node): ESTree.ObjectExpression | undefined {
  switch (node.type) {
    case "ObjectExpression":
      return node;
    case "ParenthesizedExpression":
      return objectIn(node.expression);
    case "BlockStatement": {
      const last = node.body.at(-1);
      return last?.type === "ReturnStatement" && last.argument ? objectIn(last.argument) : undefined;
    }
    default:
      return undefined;
  }
}
