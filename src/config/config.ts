import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { AppError } from "../domain/errors.ts";
import type { IdentityProvider } from "../domain/identity-provider.ts";
import type { OutgoingAllow } from "../domain/ports/outgoing.ts";
import type { Quotas } from "../domain/quotas.ts";
import { type BackupConfig, backupConfig, backupSettings } from "./backup-settings.ts";
import { type DatabaseConfig, databaseConfig, databaseSettings } from "./database-settings.ts";
import { type EmbedderConfig, embedderConfig, embedderSettings } from "./embedder-settings.ts";
import { identityProviderSettings, identityProviders } from "./identity-providers.ts";
import { leavingSettings } from "./leaving-settings.ts";
import { type LimitsConfig, limitSettings, limitsConfig } from "./limit-settings.ts";
import { type MailConfig, mailConfig, mailSettings } from "./mail-settings.ts";
import { type MetricsConfig, metricsConfig, metricsSettings } from "./metrics-settings.ts";
import { oauthSettings } from "./oauth-settings.ts";
import { outgoingSettings } from "./outgoing-settings.ts";
import { proxySettings } from "./proxy-settings.ts";
import { type QdrantConfig, qdrantConfig, qdrantSettings } from "./qdrant-settings.ts";
import { quotaSettings, quotasConfig } from "./quota-settings.ts";
import { sessionSettings } from "./session-settings.ts";
import { withSettingFiles } from "./setting-files.ts";
import { settingProblems } from "./setting-problems.ts";
import { isTraced, tracingSettings } from "./tracing-settings.ts";
import { type WebhookConfig, webhookConfig, webhookSettings } from "./webhook-settings.ts";

const port = z.coerce.number().int().min(0).max(65535);
const list = z
  .string()
  .transform((text) =>
    text
      .split(",")
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ""),
  )
  .default([]);
const flag = z.enum(["true", "false"]).transform((text) => text === "true");

/**
 * Every setting, by the name of its environment variable. Defaults serve one person on one machine;
 * .env.example says the same in words, and a test keeps the two equal.
 */
const environmentSchema = z.object({
  /** Where the database, the signing keys and the model's cache are kept. */
  PROMPTFORGE_DATA_DIR: z.string().min(1).default(join(homedir(), ".promptforge")),
  PROMPTFORGE_HOST: z.string().min(1).default("127.0.0.1"),
  /** 0: any free port. */
  PROMPTFORGE_PORT: port.default(8080),
  /** Host names that requests may name, comma-separated; needed for any bind other than loopback. */
  PROMPTFORGE_ALLOWED_HOSTS: list,
  /** Host names of web pages that may call, comma-separated; by default the allowed hosts. */
  PROMPTFORGE_ALLOWED_ORIGINS: list,
  /** Address under which clients reach the server; the issuer of its tokens. */
  PROMPTFORGE_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  ...proxySettings,
  ...limitSettings,
  ...quotaSettings,
  /** `open`: anybody may register and found a tenant; `closed`: only `promptforge init` adds people. */
  PROMPTFORGE_REGISTRATION: z.enum(["open", "closed"]).default("open"),
  PROMPTFORGE_ACCESS_TOKEN_SECONDS: z.coerce.number().int().min(60).max(900).default(900),
  ...sessionSettings,
  /** The credential of `stdio` and of the command line: an API key or an access token. */
  PROMPTFORGE_TOKEN: z.string().optional(),
  /** Of the command line: the server that it works on, instead of the library in the data folder. */
  PROMPTFORGE_SERVER: z.url({ protocol: /^https?$/ }).optional(),
  /** Of `init`, for whom it founds the library, and of `login`. */
  PROMPTFORGE_PASSWORD: z.string().optional(),
  ...oauthSettings,
  ...embedderSettings,
  ...databaseSettings,
  ...qdrantSettings,
  ...mailSettings,
  ...leavingSettings,
  ...backupSettings,
  ...metricsSettings,
  ...tracingSettings,
  ...outgoingSettings,
  ...webhookSettings,
  ...identityProviderSettings,
  /** Whether this process brings the search index up to date. */
  PROMPTFORGE_INDEXER: flag.default(true),
  /** After this, what a process took to index and did not finish is taken by another. */
  PROMPTFORGE_INDEX_LEASE_SECONDS: z.coerce.number().int().min(1).max(3600).default(30),
  /** Days for which members' searches are kept for them; 0: none are. */
  PROMPTFORGE_SEARCH_HISTORY_DAYS: z.coerce.number().int().min(0).max(3650).default(90),
  /** Days for which it is kept how often prompts were used; 0: it is not counted. */
  PROMPTFORGE_USAGE_DAYS: z.coerce.number().int().min(0).max(3650).default(400),
  PROMPTFORGE_LOG_LEVEL: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .default("info"),
});

export interface Config {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly publicUrl: string | undefined;
  /** Whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly limits: LimitsConfig;
  /** What each tenant may have, unless something else is said for it. */
  readonly quotas: Quotas;
  /** Tenants with which a person founds no other; 0: there is no end. */
  readonly mostTenants: number;
  /** Start of the links that people are given, without a slash at its end: the public URL, or where this machine listens. */
  readonly linkBase: string;
  readonly tenantGraceDays: number;
  /** `undefined`: the server makes no backups by itself. */
  readonly backup: BackupConfig | undefined;
  /** `undefined`: nothing is counted, and there is no /metrics. */
  readonly metrics: MetricsConfig | undefined;
  /** Whether traces are sent to where OpenTelemetry's variables say. */
  readonly traced: boolean;
  /** `undefined`: no mails are sent. */
  readonly mail: MailConfig | undefined;
  readonly registrationOpen: boolean;
  readonly accessTokenSeconds: number;
  readonly sessionIdleDays: number;
  readonly sessionMaxDays: number;
  readonly clientRegistration: boolean;
  readonly token: string | undefined;
  readonly server: string | undefined;
  readonly password: string | undefined;
  readonly embedder: EmbedderConfig;
  /** The library in PostgreSQL; `undefined`: in SQLite, in the data folder. */
  readonly database: DatabaseConfig | undefined;
  /** Seals signing keys in a database, also in one that the library is moved to. */
  readonly keysSecret: string | undefined;
  /** Where the search index is kept; `undefined`: in the library's own file. */
  readonly qdrant: QdrantConfig | undefined;
  readonly identityProviders: readonly IdentityProvider[];
  /** Hosts of the inside that outgoing requests may reach. */
  readonly outgoingAllow: OutgoingAllow;
  readonly webhooks: WebhookConfig;
  readonly indexer: boolean;
  readonly indexLeaseSeconds: number;
  readonly searchHistoryDays: number;
  readonly usageDays: number;
  readonly logLevel: z.infer<typeof environmentSchema>["PROMPTFORGE_LOG_LEVEL"];
}

/** Names of all settings, for the test that keeps .env.example complete. */
export const SETTINGS = Object.keys(environmentSchema.shape);

/**
 * The settings in an environment, checked and frozen. An empty variable counts as not set.
 * Throws `invalid_input` that names each bad variable.
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const { settings: given, problems } = withSettingFiles(
    SETTINGS,
    Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== "")),
  );
  if (problems.length > 0) throw invalid(problems);
  const result = environmentSchema.safeParse(given);
  if (!result.success) {
    throw invalid(settingProblems(environmentSchema, given, result.error.issues));
  }
  const settings = result.data;
  const embedder = embedderConfig(settings);
  if ("problems" in embedder) throw invalid(embedder.problems);
  const providers = identityProviders(settings.PROMPTFORGE_IDENTITY_PROVIDERS, given);
  if ("problems" in providers) throw invalid(providers.problems);
  const mail = mailConfig(settings);
  if (mail !== undefined && "problems" in mail) throw invalid(mail.problems);
  const metrics = metricsConfig(settings);
  if (metrics !== undefined && "problems" in metrics) throw invalid(metrics.problems);
  const database = databaseConfig(settings, settings.QDRANT_URL !== undefined);
  if (database !== undefined && "problems" in database) throw invalid(database.problems);
  const backup = backupConfig(settings, database !== undefined, inHome);
  if (backup !== undefined && "problems" in backup) throw invalid(backup.problems);
  return Object.freeze({
    dataDir: resolve(inHome(settings.PROMPTFORGE_DATA_DIR)),
    host: settings.PROMPTFORGE_HOST,
    port: settings.PROMPTFORGE_PORT,
    allowedHosts: settings.PROMPTFORGE_ALLOWED_HOSTS,
    allowedOrigins: settings.PROMPTFORGE_ALLOWED_ORIGINS,
    publicUrl: settings.PROMPTFORGE_PUBLIC_URL,
    trustedProxies: settings.PROMPTFORGE_TRUSTED_PROXIES,
    limits: limitsConfig(settings),
    quotas: quotasConfig(settings),
    mostTenants: settings.PROMPTFORGE_QUOTA_TENANTS,
    linkBase: linkBase(settings),
    tenantGraceDays: settings.PROMPTFORGE_TENANT_GRACE_DAYS,
    backup,
    metrics,
    traced: isTraced(settings),
    mail,
    registrationOpen: settings.PROMPTFORGE_REGISTRATION === "open",
    accessTokenSeconds: settings.PROMPTFORGE_ACCESS_TOKEN_SECONDS,
    sessionIdleDays: settings.PROMPTFORGE_SESSION_IDLE_DAYS,
    sessionMaxDays: settings.PROMPTFORGE_SESSION_MAX_DAYS,
    clientRegistration: settings.PROMPTFORGE_CLIENT_REGISTRATION === "open",
    token: settings.PROMPTFORGE_TOKEN,
    server: settings.PROMPTFORGE_SERVER,
    password: settings.PROMPTFORGE_PASSWORD,
    embedder,
    database,
    keysSecret: settings.PROMPTFORGE_KEYS_SECRET,
    qdrant: qdrantConfig(settings),
    identityProviders: providers,
    outgoingAllow: settings.PROMPTFORGE_OUTGOING_ALLOW,
    webhooks: webhookConfig(settings),
    indexer: settings.PROMPTFORGE_INDEXER,
    indexLeaseSeconds: settings.PROMPTFORGE_INDEX_LEASE_SECONDS,
    searchHistoryDays: settings.PROMPTFORGE_SEARCH_HISTORY_DAYS,
    usageDays: settings.PROMPTFORGE_USAGE_DAYS,
    logLevel: settings.PROMPTFORGE_LOG_LEVEL,
  });
}

function linkBase(settings: z.output<typeof environmentSchema>): string {
  const { PROMPTFORGE_HOST: host, PROMPTFORGE_PORT: listens } = settings;
  const here = `http://${host.includes(":") ? `[${host}]` : host}:${listens}`;
  return (settings.PROMPTFORGE_PUBLIC_URL ?? here).replace(/\/$/, "");
}

/** A shell expands `~/`; the file of an MCP client, a service's or a container's does not. */
function inHome(folder: string): string {
  return folder.replace(/^~(?=$|[\\/])/, () => homedir());
}

function invalid(problems: readonly string[]): AppError {
  return new AppError(
    "invalid_input",
    `The configuration is not valid. ${problems.join("; ")}. See .env.example.`,
  );
}
