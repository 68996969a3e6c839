import { z } from "zod";
import { type ApiKey, roleSchema } from "../../domain/identity.ts";

const time = z.iso.datetime().nullable();

/** An API key as its owner sees it: never its secret. */
export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string().describe("The first characters of the secret, to recognise it by"),
  role: roleSchema.describe("The most that the key may do"),
  made_by: z.string().nullable().describe("Id of the key with which it was made, and with which it ends"),
  created_at: z.iso.datetime(),
  expires_at: time,
  last_used_at: time.describe("To the minute"),
  revoked_at: time,
});

export function apiKeyView(key: ApiKey): z.infer<typeof apiKeySchema> {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    role: key.ceiling,
    made_by: key.madeBy ?? null,
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
  };
}
