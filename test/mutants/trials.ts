/** Stands for no leak at all. */
export const NONE = "";

/** What has to notice a leak, that which takes longest first: `contracts.ts`. */
export const CONTRACT_NAMES = [
  "beside a twin",
  "Qdrant",
  "sqlite-vec",
  "tenants apart",
  "of all tenants",
] as const;

export type ContractName = (typeof CONTRACT_NAMES)[number];

/** Contracts to be run with a leak. */
export interface Trial {
  readonly leak: string;
  readonly contracts: readonly ContractName[];
  /** Only these tests. */
  readonly only?: readonly string[];
}

declare module "vitest" {
  interface ProvidedContext {
    trials: readonly Trial[];
  }
  interface TaskMeta {
    /** Leaks whose conditions the test asked a database or an index for. */
    reached?: readonly string[];
  }
}
