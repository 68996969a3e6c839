import { z } from "zod";

/** Settings of the search index in a Qdrant server; a part of the environment's schema. */
export const qdrantSettings = {
  /** Of its REST interface. Set, the index of meanings is kept there instead of in the library's own file. Without a port: 6333. */
  QDRANT_URL: z
    .url({ protocol: /^https?$/ })
    .refine((text) => !/[@?#]/.test(text), "must hold no user, password, query or fragment")
    .optional(),
  /** One that may read and write. It is sent with each request: over https, unless the network is your own. */
  QDRANT_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, "must be one word of ASCII characters")
    .optional(),
  /**
   * One library's own: PromptForge makes it, makes it anew when the embedding model changes, and refuses another
   * library's. Left out: `promptforge-` and the library's id, so that several libraries can share a server.
   */
  PROMPTFORGE_QDRANT_COLLECTION: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, "may hold letters, digits, `.`, `_` and `-`")
    .optional(),
};

const settingsSchema = z.object(qdrantSettings);

export interface QdrantConfig {
  readonly url: string;
  readonly apiKey: string | undefined;
  /** `undefined`: named after the library. */
  readonly collection: string | undefined;
}

/** `undefined`: the index is in the library's own file. */
export function qdrantConfig(settings: z.infer<typeof settingsSchema>): QdrantConfig | undefined {
  const { QDRANT_URL: url, QDRANT_API_KEY: apiKey, PROMPTFORGE_QDRANT_COLLECTION: collection } = settings;
  return url === undefined ? undefined : { url, apiKey, collection };
}
