import { z } from "zod";
import { type ApiKey, type OwnedKey, roleSchema } from "../../domain/identity.ts";
import { SCOPES } from "../../domain/roles.ts";

const time = z.iso.datetime().nullable();

/** An API key as its owner sees it: never its secret. */
export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string().describe("The first characters of the secret, to recognise it by"),
  role: roleSchema.describe("The most that the key may do"),
  scopes: z.array(z.enum(SCOPES)).nullable().describe("What it is narrowed to; null: all that the role may"),
  agent: z.boolean().describe("Whether an agent holds it, which never approves anything"),
  made_by: z.string().nullable().describe("Id of the key with which it was made, and with which it ends"),
  created_at: z.iso.datetime(),
  expires_at: time,
  last_used_at: time.describe("To the minute"),
  old_secret_until: time.describe("Until when the secret before the last rotation is good"),
  revoked_at: time,
});

/** An API key as an admin of the tenant sees it. */
export const ownedKeySchema = apiKeySchema.extend({ username: z.string().describe("Whose key it is") });

export function apiKeyView(key: ApiKey): z.infer<typeof apiKeySchema> {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    role: key.ceiling,
    scopes: key.scopes === undefined ? null : [...key.scopes],
    agent: key.agent,
    made_by: key.madeBy ?? null,
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    old_secret_until: key.retiring?.until.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
  };
}

export function ownedKeyView(key: OwnedKey): z.infer<typeof ownedKeySchema> {
  return { ...apiKeyView(key), username: key.username };
}
