/**
 * The parts of a pattern, among them those of a class or of an escape that names one. RE2's quotes (`\Q…\E`) are not known
 * here: whoever asks refuses them.
 */
const PARTS =
  /\\[pPx]\{[^}]*\}|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\{(?<least>\d+)(?:,(?<most>\d*))?\}|./gsu;

/** How many steps a pattern is, written out: `(ab{10}){20}` are 220. What takes long to compile is known by that beforehand. */
export function patternSize(pattern: string): number {
  const outer: number[] = [];
  let size = 0;
  let last = 0;
  for (const { 0: part, groups } of pattern.matchAll(PARTS)) {
    if (groups?.["least"] !== undefined) {
      const times = Math.max(1, Number(groups["least"]), Number(groups["most"] ?? 0));
      size += last * (times - 1);
      last *= times;
    } else if (part === "(") {
      outer.push(size);
      size = 0;
      last = 0;
    } else if (part === ")") {
      last = size;
      size += outer.pop() ?? 0;
    } else {
      last = 1;
      size += 1;
    }
  }
  return outer.reduce((sum, before) => sum + before, size);
}
