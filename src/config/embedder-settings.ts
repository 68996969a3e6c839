import { z } from "zod";

/** Settings of what turns texts into vectors; a part of the environment's schema. */
export const embedderSettings = {
  /** `builtin`: the bundled model; `transformers`: any of the Hugging Face hub; `openai`: a service with OpenAI's API. */
  PROMPTFORGE_EMBEDDER: z.enum(["builtin", "transformers", "openai"]).default("builtin"),
  /** Of the builtin one. `auto`: native where it is installed, else WebAssembly. */
  PROMPTFORGE_EMBEDDER_ENGINE: z.enum(["auto", "native", "wasm"]).default("auto"),
  /** Threads that embed; by default one less than the processors, at most 4. Each holds the model (about 200 MB). */
  PROMPTFORGE_EMBEDDER_WORKERS: z.coerce.number().int().min(1).max(32).optional(),
  /** A name on the hub, a folder, or a name that the service knows. */
  PROMPTFORGE_EMBEDDER_MODEL: z.string().min(1).max(500).optional(),
  /** Length of the vectors; known by itself for the models in `KNOWN_MODELS`. */
  PROMPTFORGE_EMBEDDER_DIMENSIONS: z.coerce.number().int().min(1).max(8192).optional(),
  /** Of the service, without `/embeddings`. */
  PROMPTFORGE_EMBEDDER_BASE_URL: z
    .url({ protocol: /^https?$/ })
    .refine((text) => !/[@?#]/.test(text), "must hold no user, password, query or fragment")
    .optional(),
  PROMPTFORGE_EMBEDDER_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, "must be one word of ASCII characters")
    .optional(),
  /** What stands in front of each search, and of each stored text, for models trained with it. */
  PROMPTFORGE_EMBEDDER_QUERY_PREFIX: z.string().max(500).optional(),
  PROMPTFORGE_EMBEDDER_PASSAGE_PREFIX: z.string().max(500).optional(),
  /** For one request to the service. */
  PROMPTFORGE_EMBEDDER_TIMEOUT_MS: z.coerce.number().int().min(100).max(600_000).default(30_000),
};

const settingsSchema = z.object(embedderSettings);
type Settings = z.infer<typeof settingsSchema>;

interface Prefixes {
  readonly query: string;
  readonly passage: string;
}

interface ModelConfig {
  readonly model: string;
  readonly dimensions: number;
  readonly prefixes: Prefixes;
}

export type EmbedderConfig =
  | {
      readonly provider: "builtin";
      readonly engine: Settings["PROMPTFORGE_EMBEDDER_ENGINE"];
      readonly workers: number | undefined;
    }
  | ({ readonly provider: "transformers"; readonly workers: number | undefined } & ModelConfig)
  | ({
      readonly provider: "openai";
      readonly baseUrl: string;
      readonly apiKey: string | undefined;
      readonly timeoutMs: number;
    } & ModelConfig);

interface Problems {
  readonly problems: readonly string[];
}

const OPENAI_URL = "https://api.openai.com/v1";
const OPENAI_MODEL = "text-embedding-3-small";

interface KnownModel {
  readonly dimensions: number;
  readonly prefixes?: Prefixes;
}
const E5: Prefixes = { query: "query: ", passage: "passage: " };
const NOMIC: Prefixes = { query: "search_query: ", passage: "search_document: " };

/** What need not be set, by the model's name without owner and tag, in lower case. */
const KNOWN_MODELS = new Map<string, KnownModel>([
  ["text-embedding-3-small", { dimensions: 1536 }],
  ["text-embedding-3-large", { dimensions: 3072 }],
  ["text-embedding-ada-002", { dimensions: 1536 }],
  ["all-minilm-l6-v2", { dimensions: 384 }],
  ["paraphrase-multilingual-minilm-l12-v2", { dimensions: 384 }],
  ["multilingual-e5-small", { dimensions: 384, prefixes: E5 }],
  ["multilingual-e5-base", { dimensions: 768, prefixes: E5 }],
  ["multilingual-e5-large", { dimensions: 1024, prefixes: E5 }],
  ["bge-m3", { dimensions: 1024 }],
  ["nomic-embed-text", { dimensions: 768, prefixes: NOMIC }],
  ["nomic-embed-text-v1.5", { dimensions: 768, prefixes: NOMIC }],
]);

/** Settings, and the embedders that heed them; set for another, they would be of no effect. */
const ONLY_FOR = [
  ["PROMPTFORGE_EMBEDDER_MODEL", "transformers", "openai"],
  ["PROMPTFORGE_EMBEDDER_DIMENSIONS", "transformers", "openai"],
  ["PROMPTFORGE_EMBEDDER_QUERY_PREFIX", "transformers", "openai"],
  ["PROMPTFORGE_EMBEDDER_PASSAGE_PREFIX", "transformers", "openai"],
  ["PROMPTFORGE_EMBEDDER_BASE_URL", "openai"],
  ["PROMPTFORGE_EMBEDDER_API_KEY", "openai"],
] as const;

/** What the settings amount to, or why they do not go together. */
export function embedderConfig(settings: Settings): EmbedderConfig | Problems {
  const { PROMPTFORGE_EMBEDDER: provider, PROMPTFORGE_EMBEDDER_WORKERS: workers } = settings;
  const misplaced = ONLY_FOR.flatMap(([setting, ...providers]) =>
    settings[setting] === undefined || providers.some((other) => other === provider)
      ? []
      : [`${setting} needs PROMPTFORGE_EMBEDDER=${providers.join(" or ")}`],
  );
  if (misplaced.length > 0) return { problems: misplaced };
  if (provider === "builtin") return { provider, engine: settings.PROMPTFORGE_EMBEDDER_ENGINE, workers };
  return provider === "transformers" ? transformersConfig(settings) : openAiConfig(settings);
}

function transformersConfig(settings: Settings): EmbedderConfig | Problems {
  const model = modelConfig(settings, undefined);
  if ("problems" in model) return model;
  return { provider: "transformers", ...model, workers: settings.PROMPTFORGE_EMBEDDER_WORKERS };
}

function openAiConfig(settings: Settings): EmbedderConfig | Problems {
  const baseUrl = settings.PROMPTFORGE_EMBEDDER_BASE_URL ?? OPENAI_URL;
  const apiKey = settings.PROMPTFORGE_EMBEDDER_API_KEY;
  const isOpenAi = new URL(baseUrl).host === new URL(OPENAI_URL).host;
  if (isOpenAi && apiKey === undefined) {
    return { problems: [`PROMPTFORGE_EMBEDDER_API_KEY is needed for ${baseUrl}`] };
  }
  const model = modelConfig(settings, isOpenAi ? OPENAI_MODEL : undefined);
  if ("problems" in model) return model;
  return {
    provider: "openai",
    ...model,
    baseUrl,
    apiKey,
    timeoutMs: settings.PROMPTFORGE_EMBEDDER_TIMEOUT_MS,
  };
}

function modelConfig(settings: Settings, byDefault: string | undefined): ModelConfig | Problems {
  const model = settings.PROMPTFORGE_EMBEDDER_MODEL ?? byDefault;
  if (model === undefined) {
    return { problems: [`PROMPTFORGE_EMBEDDER_MODEL is needed with ${settings.PROMPTFORGE_EMBEDDER}`] };
  }
  const known = KNOWN_MODELS.get(bareName(model));
  const dimensions = settings.PROMPTFORGE_EMBEDDER_DIMENSIONS ?? known?.dimensions;
  if (dimensions === undefined) {
    return {
      problems: [`PROMPTFORGE_EMBEDDER_DIMENSIONS is needed for ${model}: the length of its vectors`],
    };
  }
  const prefixes = {
    query: settings.PROMPTFORGE_EMBEDDER_QUERY_PREFIX ?? known?.prefixes?.query ?? "",
    passage: settings.PROMPTFORGE_EMBEDDER_PASSAGE_PREFIX ?? known?.prefixes?.passage ?? "",
  };
  return { model, dimensions, prefixes };
}

/** `multilingual-e5-small` of `Xenova/multilingual-e5-small`, `bge-m3` of `bge-m3:latest`. */
function bareName(model: string): string {
  return model
    .toLowerCase()
    .replace(/^.*[\\/]/, "")
    .replace(/:.*$/, "");
}
