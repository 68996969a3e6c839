import { globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { type Import, importsOf } from "./imports.ts";
import type { Layer } from "./table.ts";

export interface Rules {
  readonly layers: Readonly<Record<string, Layer>>;
  /** Modules that may import what they compute the name of. */
  readonly computed: Readonly<Record<string, string>>;
}

/** Each import under a source folder that its layer may not make, as `path:line: why`. */
export function findBreaches(root: string, rules: Rules): string[] {
  return globSync("**/*.{ts,mts,cts,js,mjs,cjs}", { cwd: root })
    .map((file) => file.replaceAll("\\", "/"))
    .sort()
    .flatMap((file) =>
      importsOf(file, readFileSync(join(root, file), "utf8")).flatMap((found) => {
        const why = breachOf(file, found, rules);
        return why === undefined ? [] : [`${file}:${found.line}: ${why}`];
      }),
    );
}

function breachOf(
  file: string,
  { kind, specifier }: Import,
  { layers, computed }: Rules,
): string | undefined {
  const from = layerOf(file, layers);
  if (from === undefined) return "is in no layer. Name its folder in the table of layers.";
  if (specifier === undefined) {
    return file in computed ? undefined : "imports something whose name it computes. Write the name out.";
  }
  const says = `${from.name} may not import`;
  if (specifier.startsWith("node:")) {
    const { node = [] } = from.layer;
    return node === "any" || node.includes(specifier.slice(5)) ? undefined : `${says} ${specifier}.`;
  }
  if (!specifier.startsWith(".")) {
    const name = packageOf(specifier);
    return from.layer.packages?.includes(name) ? undefined : `${says} the package ${name}.`;
  }
  const target = posix.join(posix.dirname(file), specifier);
  const to = layerOf(target, layers);
  if (to === undefined) return `${says} ${specifier}, which is in no layer.`;
  if (to.name === from.name) return undefined;
  const { imports, later, types } = from.layer;
  if (names(imports, to)) return undefined;
  if (names(later, to)) return kind === "value" ? `${says} ${to.name} at load, only by import().` : undefined;
  if (names(types, to)) return kind === "type" ? undefined : `${says} more than types of ${to.name}.`;
  return `${says} ${to.name} (${specifier}).`;
}

interface Place {
  /** Of the layer of this very file: `storage/sqlite`. */
  readonly name: string;
  /** Its name in the table: `storage/*`. */
  readonly rule: string;
  readonly layer: Layer;
}

/** The layer with the longest name that fits; of two as long, the one that is written out. */
function layerOf(file: string, layers: Rules["layers"]): Place | undefined {
  const parts = file.replace(/\.[cm]?[jt]s$/, "").split("/");
  const fitting = Object.entries(layers)
    .map(([rule, layer]) => ({ rule, layer, segments: rule.split("/") }))
    .filter(
      ({ segments }) =>
        // A `*` is a folder: a file in its place belongs to the folder above.
        parts.length >= segments.length + Number(segments.includes("*")) &&
        segments.every((segment, at) => segment === "*" || segment === parts[at]),
    )
    .sort(
      (a, b) =>
        b.segments.length - a.segments.length || Number(a.rule.includes("*")) - Number(b.rule.includes("*")),
    );
  const best = fitting[0];
  return best && { name: parts.slice(0, best.segments.length).join("/"), rule: best.rule, layer: best.layer };
}

function names(allowed: readonly string[] | undefined, { name, rule }: Place): boolean {
  return allowed !== undefined && (allowed.includes(name) || allowed.includes(rule));
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
