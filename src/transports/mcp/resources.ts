import { ResourceNotFoundError } from "@modelcontextprotocol/server";
import type { AppError } from "../../domain/errors.ts";
import { getPrompt } from "../../operations/get-prompt.ts";
import { listPrompts } from "../../operations/list-prompts.ts";
import { renderPrompt } from "../../operations/render-prompt.ts";
import { call, toProtocolError } from "./calls.ts";
import { PAGE_SIZE } from "./prompts.ts";
import type { McpHandlers, McpSession } from "./session.ts";
import { isSkillUri, readSkill } from "./skills.ts";
import { parsePromptUri, parseRenderUri, promptUri, TEMPLATES } from "./uris.ts";

const MIME_TYPE = "text/markdown";

/** What a label or a name points to moves; who listens hears of it at once. */
const CHANGING = { ttlMs: 10_000, cacheScope: "private" } as const;

/** A version never changes; an hour, since its prompt can be given another name. */
const IMMUTABLE = { ttlMs: 60 * 60 * 1000, cacheScope: "private" } as const;

export function resourceHandlers(
  session: McpSession,
): Pick<McpHandlers, "resources/list" | "resources/templates/list" | "resources/read"> {
  return {
    async "resources/list"({ params }) {
      const { items, next_cursor } = await call(session, listPrompts, {
        limit: PAGE_SIZE,
        cursor: params?.cursor,
      });
      return {
        resources: items.map((prompt) => ({
          uri: promptUri(prompt.name),
          name: prompt.name,
          title: prompt.title,
          ...(prompt.description === "" ? {} : { description: prompt.description }),
          mimeType: MIME_TYPE,
          annotations: { lastModified: prompt.updated_at },
        })),
        ...(next_cursor === null ? {} : { nextCursor: next_cursor }),
      };
    },

    async "resources/templates/list"() {
      await session.authenticate();
      return {
        resourceTemplates: [
          {
            uriTemplate: TEMPLATES.latest,
            name: "prompt",
            title: "Prompt",
            description: "The latest version of a prompt, as it was written",
            mimeType: MIME_TYPE,
          },
          {
            uriTemplate: TEMPLATES.version,
            name: "prompt-version",
            title: "Version of a prompt",
            description: "One version of a prompt; it never changes",
            mimeType: MIME_TYPE,
          },
          {
            uriTemplate: TEMPLATES.label,
            name: "prompt-label",
            title: "Prompt at a label",
            description: "The version of a prompt that a label such as production points to",
            mimeType: MIME_TYPE,
          },
          {
            uriTemplate: TEMPLATES.rendered,
            name: "rendered-prompt",
            title: "Filled prompt",
            description:
              "The latest version of a prompt with its arguments filled in, given as name=value&name=value",
            mimeType: MIME_TYPE,
          },
        ],
      };
    },

    async "resources/read"({ params }) {
      if (isSkillUri(params.uri)) return readSkill(session, params.uri);
      const notFound = (error: AppError) =>
        error.code === "not_found" ? new ResourceNotFoundError(params.uri) : toProtocolError(error);
      const filled = parseRenderUri(params.uri);
      if (filled !== undefined) {
        const { name, values } = filled;
        const { text } = await call(session, renderPrompt, { name, arguments: values }, notFound);
        return { contents: [{ uri: params.uri, mimeType: MIME_TYPE, text }], ...CHANGING };
      }
      const reference = parsePromptUri(params.uri);
      if (reference === undefined) throw new ResourceNotFoundError(params.uri);
      const prompt = await call(session, getPrompt, reference, notFound);
      // By a former name a prompt is found, too: this is the one it has now.
      const _meta = { "promptforge/name": prompt.name };
      return {
        contents: [{ uri: params.uri, mimeType: MIME_TYPE, text: prompt.content, _meta }],
        ...(reference.version === undefined ? CHANGING : IMMUTABLE),
      };
    },
  };
}
