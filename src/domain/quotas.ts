/** What a tenant may have only so much of. */
export const QUOTAS = ["prompts", "versions", "storage_bytes", "members", "webhooks"] as const;
export type Quota = (typeof QUOTAS)[number];

/** How much of each a tenant has. Prompts count archived, too; storage is the text of all versions, in bytes of UTF-8. */
export type Usage = Readonly<Record<Quota, number>>;

/** How much of each a tenant may have; 0: as much as it likes. */
export type Quotas = Readonly<Record<Quota, number>>;

/** What is said for one tenant; where nothing is, the server's settings hold. */
export type QuotaOverrides = Readonly<Partial<Record<Quota, number>>>;
