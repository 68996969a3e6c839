import { z } from "zod";
import { type Member, type MemberEntry, roleSchema, usernameSchema } from "../../domain/identity.ts";

/** Names a member: a username is unique and never changes. */
export const memberNameSchema = usernameSchema.describe("Username of the member, from list_members");

export const memberSchema = z.object({
  user_id: z.string(),
  username: z.string(),
  role: roleSchema,
});

export function memberView({ userId, username, role }: Member): z.infer<typeof memberSchema> {
  return { user_id: userId, username, role };
}

export const memberEntrySchema = memberSchema.extend({ joined_at: z.iso.datetime() });

export function memberEntryView(entry: MemberEntry): z.infer<typeof memberEntrySchema> {
  return { ...memberView(entry), joined_at: entry.joinedAt.toISOString() };
}

/** A membership as the person sees it who has it. */
export const membershipSchema = z.object({
  tenant_id: z.string(),
  tenant: z.string().describe("Name of the tenant"),
  role: roleSchema,
});

export function membershipView({ tenantId, tenantName, role }: Member): z.infer<typeof membershipSchema> {
  return { tenant_id: tenantId, tenant: tenantName, role };
}
