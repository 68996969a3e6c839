import { type ESTree, parseSync, Visitor } from "vite";

/** `value`: at load; `type`: erased before it runs; `later`: by `import()` or `require`, when that code runs. */
export type ImportKind = "value" | "type" | "later";

export interface Import {
  readonly kind: ImportKind;
  /** As it is written; `undefined` when it is computed. */
  readonly specifier: string | undefined;
  readonly line: number;
}

/** Everything that a module imports, in whatever syntax. Throws when the text is not TypeScript. */
export function importsOf(path: string, text: string): Import[] {
  const { program, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  const found: Import[] = [];
  const add = (kind: ImportKind, { start }: { readonly start: number }, specifier: string | undefined) =>
    found.push({ kind, specifier, line: text.slice(0, start).split("\n").length });

  new Visitor({
    ImportDeclaration: (node) => add(kindOf(node.importKind), node, node.source.value),
    ExportNamedDeclaration: (node) => node.source && add(kindOf(node.exportKind), node, node.source.value),
    ExportAllDeclaration: (node) => add(kindOf(node.exportKind), node, node.source.value),
    TSImportType: (node) => add("type", node, textOf(node.source)),
    TSExternalModuleReference: (node) => add("value", node, textOf(node.expression)),
    ImportExpression: (node) => add("later", node, textOf(node.source)),
    CallExpression(node) {
      const [specifier] = node.arguments;
      if (specifier !== undefined && isRequire(node.callee)) add("later", node, textOf(specifier));
    },
  }).visit(program);
  return found;
}

/** `import { type A }` is kept as an import of nothing, which still runs the module: not a type import. */
function kindOf(kind: "type" | "value" | undefined): ImportKind {
  return kind === "type" ? "type" : "value";
}

function textOf(node: ESTree.Node): string | undefined {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  if (node.type !== "TemplateLiteral" || node.expressions.length > 0) return undefined;
  return node.quasis.map(({ value }) => value.cooked ?? value.raw).join("");
}

/** `require`, `require.resolve` and `import.meta.resolve`. */
function isRequire(callee: ESTree.Node): boolean {
  if (callee.type === "Identifier") return callee.name === "require";
  return (
    callee.type === "MemberExpression" &&
    callee.property.type === "Identifier" &&
    callee.property.name === "resolve" &&
    (callee.object.type === "MetaProperty" || isRequire(callee.object))
  );
}
