import type { Embedder } from "../../domain/ports/search.ts";
import { type BuiltinEmbedderOptions, createBuiltinEmbedder, type EmbedderLogger } from "./builtin.ts";
import { createOpenAiEmbedder, type OpenAiEmbedderOptions } from "./openai.ts";
import { type Prefixes, withPrefixes } from "./prefixed.ts";
import { createTransformersEmbedder, type TransformersEmbedderOptions } from "./transformers.ts";

/** Which embedder, and all that it needs to know. */
export type EmbedderSettings =
  | ({ readonly provider: "builtin" } & Pick<BuiltinEmbedderOptions, "engine" | "workers">)
  | ({ readonly provider: "transformers"; readonly prefixes: Prefixes } & Pick<
      TransformersEmbedderOptions,
      "model" | "dimensions" | "workers"
    >)
  | ({ readonly provider: "openai"; readonly prefixes: Prefixes } & Pick<
      OpenAiEmbedderOptions,
      "baseUrl" | "apiKey" | "model" | "dimensions" | "timeoutMs"
    >);

export interface EmbedderSurroundings {
  /** Where downloaded models are kept. */
  readonly modelsDir: string;
  readonly logger?: EmbedderLogger | undefined;
  /** In place of as many threads as the settings say. */
  readonly workers?: number | undefined;
}

/** The embedder that the settings name. Loads and asks nothing before it is used. */
export function createEmbedder(settings: EmbedderSettings, surroundings: EmbedderSurroundings): Embedder {
  const { logger, modelsDir } = surroundings;
  if (settings.provider === "openai") {
    return withPrefixes(createOpenAiEmbedder({ ...settings, logger }), settings.prefixes);
  }
  const workers = surroundings.workers ?? settings.workers;
  return settings.provider === "builtin"
    ? createBuiltinEmbedder({ ...settings, workers, logger })
    : withPrefixes(
        createTransformersEmbedder({ ...settings, workers, modelsDir, logger }),
        settings.prefixes,
      );
}
