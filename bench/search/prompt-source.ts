import { fileURLToPath } from "node:url";
import { readPrompts } from "../../src/exchange/prompt-reader.ts";
import type { Random } from "./random.ts";

/** A prompt to be stored. What it is about stands first. */
export interface PromptText {
  readonly title: string;
  readonly content: string;
  /** Which of the source's topics it is about. */
  readonly topic: number;
}

export interface PromptSource {
  /** Sentences of real prompts. */
  readonly topics: readonly string[];
  /** The next prompt, never the same twice: the real ones of a corpus first; examples only here and there. */
  next(): PromptText;
}

const EXAMPLES = fileURLToPath(new URL("../../examples/prompts", import.meta.url));
/** The examples are few and short. */
const EXAMPLE_ONE_IN = 8;
const MAX_TOPICS = 256;
const MAX_TITLE_LENGTH = 120;

/** About as much text as fills the model's window. */
export const CHUNK_LETTERS = 650;
/** Lengths of prompts in chunks, as in 1,529 real ones: a median of 1 to 2, a mean of 3 to 4, one in a hundred above 20. */
const LENGTH = { median: 1.1, sigma: 1.25, most: 60 };

/**
 * Of generated texts, so many of the longer words are invented ones: then a word of a query is in about as many prompts, a
 * median of one in twenty-five, as with real ones.
 */
const INVENTED_SHARE = 0.85;
const LEAST_LETTERS = 4;
const SYLLABLES = "ba cor den fil gra hem jun kel lom mir nov pes rud sta tiv vor".split(" ");

/** Prompts of a file or folder, and then others put together from their sentences. */
export async function openPromptSource(corpus: string | undefined, random: Random): Promise<PromptSource> {
  const real: { title: string; content: string }[] = [];
  for await (const item of readPrompts([corpus ?? EXAMPLES])) {
    if (item.kind === "problem") continue;
    const { title, name, content } = item.draft;
    real.push({ title: title ?? name.value, content });
  }
  const sentences = real.flatMap(({ content }) => sentencesOf(content));
  if (sentences.length === 0) throw new Error(`There are no prompts in ${corpus ?? EXAMPLES}.`);
  const topics = shuffled([...new Set(sentences)], random).slice(0, MAX_TOPICS);
  const waiting = shuffled(real, random);
  let generated = 0;

  function generate(): PromptText {
    const topic = random.below(topics.length);
    const about = topics[topic] ?? "";
    const letters = CHUNK_LETTERS * (lengthInChunks(random) - random.next());
    const parts = [about];
    for (let length = about.length; length < letters; length += parts.at(-1)?.length ?? 0) {
      parts.push(varied(random.pick(sentences), random));
    }
    generated++;
    const title = `${about.slice(0, MAX_TITLE_LENGTH).replace(/\s+\S*$/, "")} ${generated}`;
    return { title, content: parts.join("\n"), topic };
  }

  return {
    topics,
    next() {
      const prompt = corpus !== undefined || random.below(EXAMPLE_ONE_IN) === 0 ? waiting.pop() : undefined;
      return prompt === undefined ? generate() : { ...prompt, topic: random.below(topics.length) };
    },
  };
}

function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?:])\s+|\n+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence.length <= 300 && sentence.split(/\s+/).length >= 5);
}

function lengthInChunks(random: Random): number {
  const length = LENGTH.median * Math.exp(LENGTH.sigma * random.normal());
  return Math.min(LENGTH.most, Math.max(1, Math.ceil(length)));
}

function varied(sentence: string, random: Random): string {
  return sentence
    .split(" ")
    .map((word) =>
      word.length >= LEAST_LETTERS && random.next() < INVENTED_SHARE ? inventedWord(random) : word,
    )
    .join(" ");
}

/** Some often, most seldom: 65,536 words of four syllables, the later ones of the list in few of them. */
function inventedWord(random: Random): string {
  const syllable = () => SYLLABLES[Math.floor(SYLLABLES.length * random.next() ** 2)];
  return Array.from({ length: 4 }, syllable).join("");
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((entry) => ({ entry, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ entry }) => entry);
}
