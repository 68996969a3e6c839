import { isInputRequiredResult } from "@modelcontextprotocol/server";
import { listPrompts } from "../../operations/list-prompts.ts";
import { renderPrompt } from "../../operations/render-prompt.ts";
import { answersIn, questionFor } from "./asking.ts";
import { call, callOr, toProtocolError } from "./calls.ts";
import type { McpHandlers, McpSession } from "./session.ts";

/** Large, because some clients read the first page only. */
export const PAGE_SIZE = 500;

export function promptHandlers(session: McpSession): Pick<McpHandlers, "prompts/list" | "prompts/get"> {
  return {
    async "prompts/list"({ params }) {
      const { items, next_cursor } = await call(session, listPrompts, {
        limit: PAGE_SIZE,
        cursor: params?.cursor,
      });
      return {
        prompts: items.map((prompt) => ({
          name: prompt.name,
          title: prompt.title,
          description: descriptionOf(prompt),
          arguments: prompt.arguments.map(({ name, required }) => ({ name, required })),
        })),
        ...(next_cursor === null ? {} : { nextCursor: next_cursor }),
      };
    },

    async "prompts/get"({ params }, context, client) {
      const input = { name: params.name, arguments: { ...params.arguments, ...answersIn(context) } };
      const rendered = await callOr(session, renderPrompt, input, (error) => {
        const question = questionFor(renderPrompt, error, context, client);
        if (question === undefined) throw toProtocolError(error);
        return question;
      });
      if (isInputRequiredResult(rendered)) return rendered;
      return {
        description: descriptionOf(rendered),
        messages: [{ role: "user", content: { type: "text", text: rendered.text } }],
        _meta: { "promptforge/name": rendered.name, "promptforge/version": rendered.version },
      };
    },
  };
}

/** Clients expect one of every prompt, and show it in their menus: the title where nothing was written. */
function descriptionOf({
  description,
  title,
}: {
  readonly description: string;
  readonly title: string;
}): string {
  return description === "" ? title : description;
}
