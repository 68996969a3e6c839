import { z } from "zod";
import type { Caller } from "../../domain/identity.ts";
import { roleSchema } from "../../domain/identity.ts";
import type { PromptView, VersionView } from "../../domain/prompt.ts";

/** The answers of the original PromptForge, as its scripts read them. */
export const registeredShape = z.object({
  message: z.string(),
  id: z.string(),
  user_id: z.string(),
  username: z.string(),
  tenant_id: z.string(),
  role: roleSchema,
});

export const admittedShape = z.object({
  message: z.string(),
  user: z.object({ user_id: z.string(), tenant_id: z.string(), role: roleSchema }),
});

export const promptShape = z.object({
  id: z.string(),
  name: z.string(),
  title: z.string(),
  content: z.string(),
  version: z.int(),
  author: z.string(),
  user_id: z.string().optional().describe("Who made the prompt; only where that is you"),
  tenant_id: z.string(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});

export const versionShape = z.object({
  id: z.string(),
  prompt_id: z.string(),
  version_number: z.int(),
  content: z.string(),
  author: z.string(),
  change_note: z.string(),
  created_at: z.iso.datetime(),
});

export const hitShape = z.object({
  prompt_id: z.string(),
  id: z.string(),
  name: z.string(),
  title: z.string(),
  version: z.int(),
  score: z.number(),
  content: z.string(),
  passage: z.string().describe("The part of the content that matched"),
  why: z.enum(["meaning", "words", "both"]),
});

/** Other members' ids are not shown to members: `user_id` is given where it is the caller's own. */
export function originalPrompt(
  prompt: PromptView & { readonly content: string },
  caller: Pick<Caller, "tenantId" | "userId" | "username">,
): z.infer<typeof promptShape> {
  const { id, name, title, content, version, author, created_at, updated_at } = prompt;
  return {
    id,
    name,
    title,
    content,
    version,
    author,
    ...(author === caller.username ? { user_id: caller.userId } : {}),
    tenant_id: caller.tenantId,
    created_at,
    updated_at,
  };
}

/** Versions have no id of their own: the prompt's id and the number are one. */
export function originalVersion(promptId: string, version: VersionView): z.infer<typeof versionShape> {
  const { number, content, author, change_note, created_at } = version;
  return {
    id: `${promptId}:${number}`,
    prompt_id: promptId,
    version_number: number,
    content,
    author,
    change_note,
    created_at,
  };
}
