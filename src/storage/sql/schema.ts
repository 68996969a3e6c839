/**
 * The tables. What belongs to a tenant has tenant_id in its primary key and in every foreign key, so
 * that a row that points into another tenant cannot be written. Times are milliseconds since 1970.
 * Beside these there is the full-text table `prompt_words`, which drizzle cannot describe: see its migration.
 */

export * from "./schema/credentials.ts";
export * from "./schema/order.ts";
export * from "./schema/people.ts";
export * from "./schema/prompts.ts";
export * from "./schema/records.ts";
export * from "./schema/search.ts";
export * from "./schema/webhooks.ts";
