import {
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceNotFoundError,
  type Server,
} from "@modelcontextprotocol/server";
import {
  SKILLS_GET_METHOD,
  SKILLS_LIST_METHOD,
  type Skill,
  skillEntry,
} from "@modelcontextprotocol/server/ext/skills";
import { z } from "zod";
import type { AppError } from "../../domain/errors.ts";
import { SKILL_FILE, SKILL_TAG, skillText } from "../../domain/skill.ts";
import { getPrompt } from "../../operations/get-prompt.ts";
import { listPrompts } from "../../operations/list-prompts.ts";
import { call } from "./calls.ts";
import type { McpSession } from "./session.ts";

const SCHEME = "skill://";

/** As many as a list of prompts gives with their contents, of which the digests are made. */
const PAGE_SIZE = 100;

/** A skill changes when its prompt does; clients hear of that, and may forget it after this time all the same. */
const CACHE = { ttlMs: 10_000, cacheScope: "private" } as const;

/**
 * Prompts that are tagged as skills, served by the Skills extension (SEP-2640): the latest version of each is a skill of one
 * file, at `skill://{name}/SKILL.md`. A prompt whose name cannot be a skill's is left out.
 */
export function serveSkills(server: Server, session: McpSession): void {
  server.setRequestHandler(
    SKILLS_LIST_METHOD,
    { params: z.looseObject({ cursor: z.string().optional() }).optional() },
    async (params) => {
      const { items, next_cursor } = await call(session, listPrompts, {
        tag: SKILL_TAG,
        limit: PAGE_SIZE,
        include_content: true,
        cursor: params?.cursor,
      });
      const skills = await Promise.all(items.map(entryOf));
      return {
        skills: skills.filter((skill) => skill !== undefined),
        ...(next_cursor === null ? {} : { nextCursor: next_cursor }),
        ...CACHE,
      };
    },
  );
  server.setRequestHandler(
    SKILLS_GET_METHOD,
    { params: z.looseObject({ uri: z.string().max(2000) }) },
    async ({ uri }) => {
      const skill = await entryOf(await promptAt(session, uri));
      if (skill !== undefined) return { skill, ...CACHE };
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, "No skill is served at this address.");
    },
  );
}

export function isSkillUri(uri: string): boolean {
  return uri.startsWith(SCHEME);
}

/** The text of a skill's file. Throws the protocol's error for a resource that is not there. */
export async function readSkill(session: McpSession, uri: string): Promise<ReadResourceResult> {
  const prompt = await promptAt(session, uri);
  const text = prompt && skillText(prompt);
  if (text === undefined) throw new ResourceNotFoundError(uri);
  return { contents: [{ uri, mimeType: "text/markdown", text }], ...CACHE };
}

type SkillPrompt = Parameters<typeof skillText>[0];
type Listed = Omit<SkillPrompt, "content"> & { readonly content?: string | undefined };

/** The prompt behind a skill's address, where there is one that is marked as a skill. */
async function promptAt(session: McpSession, uri: string): Promise<SkillPrompt | undefined> {
  const suffix = `/${SKILL_FILE}`;
  if (!isSkillUri(uri) || !uri.endsWith(suffix)) return undefined;
  const name = uri.slice(SCHEME.length, -suffix.length);
  if (name === "") return undefined;
  const prompt = await call(session, getPrompt, { name }).catch((error: unknown) => {
    if (error instanceof ProtocolError && isNotFound(error)) return undefined;
    throw error;
  });
  return prompt?.tags.includes(SKILL_TAG) && prompt.archived_at === null ? prompt : undefined;
}

function isNotFound({ data }: ProtocolError): boolean {
  return z.object({ code: z.literal("not_found" satisfies AppError["code"]) }).safeParse(data).success;
}

async function entryOf(prompt: Listed | undefined): Promise<Skill | undefined> {
  if (prompt?.content === undefined) return undefined;
  const { name, content } = prompt;
  const text = skillText({ ...prompt, content });
  return text === undefined ? undefined : skillEntry(name, { [SKILL_FILE]: text });
}
