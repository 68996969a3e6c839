import { ResourceNotFoundError } from "@modelcontextprotocol/server";
import { getPrompt } from "../../operations/get-prompt.ts";
import { listPrompts } from "../../operations/list-prompts.ts";
import { call, toProtocolError } from "./calls.ts";
import { PAGE_SIZE } from "./prompts.ts";
import type { McpHandlers, McpSession } from "./session.ts";
import { parsePromptUri, promptUri, TEMPLATES } from "./uris.ts";

const MIME_TYPE = "text/markdown";

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
        ],
      };
    },

    async "resources/read"({ params }) {
      const reference = parsePromptUri(params.uri);
      if (reference === undefined) throw new ResourceNotFoundError(params.uri);
      const prompt = await call(session, getPrompt, reference, (error) =>
        error.code === "not_found" ? new ResourceNotFoundError(params.uri) : toProtocolError(error),
      );
      return { contents: [{ uri: params.uri, mimeType: MIME_TYPE, text: prompt.content }] };
    },
  };
}
