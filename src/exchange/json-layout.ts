export interface RepeatedKey {
  readonly line: number;
  /** Index of the element in which the key is repeated; `undefined` outside of the list. */
  readonly element: number | undefined;
}

export interface JsonLayout {
  /** The line of the outermost value. */
  readonly line: number;
  /** The line of each element of the list of prompts: the outermost array, or the one at the outermost `prompts` or `data`. */
  readonly elements: readonly number[];
  readonly repeatedKeys: readonly RepeatedKey[];
}

/** An array has no keys. */
interface Frame {
  readonly keys?: Set<string>;
  readonly isList: boolean;
  expectsKey: boolean;
  key?: string;
}

const TOKEN = /["{}[\],:\n]|[^\s"{}[\],:]+/g;

/**
 * Where things stand in a text that `JSON.parse` has already accepted, which itself tells neither lines nor
 * repeated keys. One pass that keeps only what is open; it relies on the text being valid.
 */
export function layoutOf(json: string): JsonLayout {
  const elements: number[] = [];
  const repeatedKeys: RepeatedKey[] = [];
  const open: Frame[] = [];
  let line = 1;
  let rootLine: number | undefined;

  const beginValue = () => {
    rootLine ??= line;
    if (open.at(-1)?.isList) elements.push(line);
  };
  const takeKey = (frame: Frame, key: string) => {
    const element = open[0]?.isList || open[1]?.isList ? elements.length - 1 : undefined;
    if (frame.keys?.has(key)) repeatedKeys.push({ line, element });
    frame.keys?.add(key);
    frame.key = key;
    frame.expectsKey = false;
  };
  const isListNext = () =>
    open.length === 0 || (open.length === 1 && (open[0]?.key === "prompts" || open[0]?.key === "data"));

  const token = new RegExp(TOKEN);
  for (let match = token.exec(json); match !== null; match = token.exec(json)) {
    const frame = open.at(-1);
    switch (match[0]) {
      case "\n":
        line += 1;
        break;
      case "{":
        beginValue();
        open.push({ keys: new Set(), isList: false, expectsKey: true });
        break;
      case "[": {
        const isList = isListNext();
        beginValue();
        open.push({ isList, expectsKey: false });
        break;
      }
      case "}":
      case "]":
        open.pop();
        break;
      case ",":
        if (frame?.keys) frame.expectsKey = true;
        break;
      case ":":
        break;
      case '"': {
        const end = stringEnd(json, match.index);
        if (frame?.expectsKey) takeKey(frame, JSON.parse(json.slice(match.index, end)));
        else beginValue();
        token.lastIndex = end;
        break;
      }
      default:
        beginValue();
    }
  }
  return { line: rootLine ?? 1, elements, repeatedKeys };
}

/** The offset after the closing quote. */
function stringEnd(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at + 1;
}
