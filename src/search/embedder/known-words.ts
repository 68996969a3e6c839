import { readFile } from "node:fs/promises";
import { z } from "zod";
import { foldWord } from "../../domain/words.ts";

const tokenizerSchema = z.object({ model: z.object({ vocab: z.record(z.string(), z.unknown()) }) });

/** Endings by which English words differ from the form that the model has learnt. */
const ENDINGS = ["s", "es", "d", "ed", "r", "er", "ing", "ly", "n"];
const SHORTEST_STEM = 3;

/**
 * Tells whether a model of English has a word, or another form of it, in its vocabulary (its WordPiece tokenizer's, some
 * 22,000 words). The file is read at the first question; one that cannot be read knows every word, so that nothing is
 * taken for a slip or a foreign word by mistake.
 */
export function knownWords(tokenizerPath: string): (word: string) => Promise<boolean> {
  let vocabulary: Promise<ReadonlySet<string> | undefined> | undefined;
  return async (word) => {
    vocabulary ??= readVocabulary(tokenizerPath).catch(() => undefined);
    const known = await vocabulary;
    return known === undefined || formsOf(foldWord(word)).some((form) => known.has(form));
  };
}

async function readVocabulary(path: string): Promise<ReadonlySet<string>> {
  const { model } = tokenizerSchema.parse(JSON.parse(await readFile(path, "utf8")));
  // Pieces that only continue a word are marked, and so never equal to one.
  return new Set(Object.keys(model.vocab));
}

/** dine, and by it dining; kilos, and by it kilo. */
function formsOf(word: string): string[] {
  const stems = ENDINGS.filter((ending) => word.endsWith(ending))
    .map((ending) => word.slice(0, -ending.length))
    .filter((stem) => stem.length >= SHORTEST_STEM)
    .flatMap((stem) => [stem, `${stem}e`]);
  const bases = [word, ...stems, ...(word.endsWith("e") ? [word.slice(0, -1)] : [])];
  const derived = bases.filter((base) => base.length >= SHORTEST_STEM);
  return [
    ...bases,
    ...derived.flatMap((base) => ["s", "d", "ed", "er", "ing"].map((end) => `${base}${end}`)),
  ];
}
