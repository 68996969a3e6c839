import { inside } from "./critical-section.ts";
import { WINDOW_TOKENS } from "./model-files.ts";
import { TEXT_TOKENS, type TextMeasure } from "./split-text.ts";
import { cutToFit, textPieces } from "./text-pieces.ts";
import type { TransformersSetup } from "./transformers-messages.ts";

/** What is used of `@huggingface/transformers`. Not its own types: the package is optional, and the project builds without it. */
interface TransformersLibrary {
  readonly env: { readonly version: string; cacheDir: string | null; fetch: typeof fetch };
  pipeline(task: "feature-extraction", model: string, options: object): Promise<Extractor>;
}
interface Extractor {
  (text: string, options: { pooling: "mean"; normalize: true }): Promise<{ readonly data: unknown }>;
  readonly tokenizer: {
    /** Absent, or beyond all bounds, where a model does not say. */
    readonly model_max_length?: number | null | undefined;
    encode(text: string, options: { add_special_tokens: boolean }): readonly number[];
  };
}

export interface TransformersModel {
  readonly version: string;
  /** Tokens of a piece of a text with its heading. */
  readonly textTokens: number;
  readonly measure: TextMeasure;
  /** A unit vector. */
  embed(text: string): Promise<Float32Array>;
}

/** Tokens that are read of a text, where the model can: twice what a chunk has, and not as many as would take seconds. */
const LONGEST_WINDOW = 2 * WINDOW_TOKENS;
/** The tokens that start and end an input. */
const FRAME_TOKENS = 2;
const REMEMBERED_COUNTS = 50_000;

const SESSION_OPTIONS = {
  // Several workers with a thread each get more done than one with several.
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
};

/** Loads a model, from the hub when it is not yet on this machine. Throws a reason for people. */
export async function loadTransformersModel({
  model,
  modelsDir,
  library: name,
  section,
  closing,
}: TransformersSetup): Promise<TransformersModel> {
  const { env, pipeline } = await importLibrary(name);
  const signal = signalOf(closing);
  env.cacheDir = modelsDir;
  // A large model takes minutes to fetch, and closing waits for what is under way.
  env.fetch = (address, init) => fetch(address, { ...init, signal });
  const load = () =>
    pipeline("feature-extraction", model, { dtype: "fp32", session_options: SESSION_OPTIONS });
  const extractor = await inside(section, load).catch((error: unknown) => {
    throw new Error(
      `The model ${model} cannot be read or fetched. Check its name, that it has ONNX files, and the network; or give the path of a folder that holds it.`,
      { cause: error },
    );
  });
  const { tokenizer } = extractor;
  const window = Math.min(tokenizer.model_max_length || LONGEST_WINDOW, LONGEST_WINDOW) - FRAME_TOKENS;
  const measure = wordByWord((text) => tokenizer.encode(text, { add_special_tokens: false }).length);

  return {
    version: env.version,
    textTokens: Math.min(window, TEXT_TOKENS),
    measure,
    async embed(text) {
      const start = cutToFit(measure, text, window);
      const { data } = await inside(section, () => extractor(start, { pooling: "mean", normalize: true }));
      if (!(data instanceof Float32Array)) throw new Error("The model gave no vector.");
      // Its own memory, which a message can hand over.
      return data.slice();
    },
  };
}

function signalOf(closing: Int32Array<SharedArrayBuffer>): AbortSignal {
  const controller = new AbortController();
  const waiting = Atomics.waitAsync(closing, 0, 0);
  if (waiting.async) void waiting.value.then(() => controller.abort());
  else controller.abort();
  return controller.signal;
}

/** Counts each word for itself: in a sentence none becomes more tokens than alone. */
function wordByWord(countTokens: (text: string) => number): TextMeasure {
  const counts = new Map<string, number>();

  function count(word: string): number {
    const known = counts.get(word);
    if (known !== undefined) return known;
    if (counts.size >= REMEMBERED_COUNTS) counts.clear();
    const length = countTokens(word);
    counts.set(word, length);
    return length;
  }

  return {
    *atoms(text) {
      for (const { start, end, text: word } of textPieces(text)) {
        yield { start, end, tokens: { length: count(word) } };
      }
    },
  };
}

async function importLibrary(name: string): Promise<TransformersLibrary> {
  try {
    return await import(name);
  } catch (error) {
    throw new Error(
      "The package @huggingface/transformers is not installed, or does not load. Install it: npm install @huggingface/transformers@4",
      { cause: error },
    );
  }
}
