import { isInputRequiredResult } from "@modelcontextprotocol/server";
import type { z } from "zod";
import type { PromptArgument } from "../../domain/prompt-arguments.ts";
import { BY_USE } from "../../domain/prompt-order.ts";
import { listPrompts } from "../../operations/list-prompts.ts";
import { renderPrompt } from "../../operations/render-prompt.ts";
import { answersIn, questionFor } from "./asking.ts";
import { call, callOr, toProtocolError } from "./calls.ts";
import type { McpHandlers, McpSession } from "./session.ts";

type RenderedPrompt = Pick<z.output<(typeof renderPrompt)["output"]>, "text" | "messages">;

/** Large, because some clients read the first page only: what they are likely to want is on it. */
export const PAGE_SIZE = 500;

export function promptHandlers(session: McpSession): Pick<McpHandlers, "prompts/list" | "prompts/get"> {
  return {
    async "prompts/list"({ params }) {
      const { items, next_cursor } = await call(session, listPrompts, {
        limit: PAGE_SIZE,
        sort: BY_USE,
        cursor: params?.cursor,
      });
      return {
        prompts: items.map((prompt) => ({
          name: prompt.name,
          title: prompt.title,
          description: descriptionOf(prompt),
          arguments: prompt.arguments.map(argumentOf),
        })),
        ...(next_cursor === null ? {} : { nextCursor: next_cursor }),
      };
    },

    async "prompts/get"({ params }, context, client) {
      const input = { name: params.name, arguments: { ...params.arguments, ...answersIn(context) } };
      const rendered = await callOr(session, renderPrompt, input, async (error) => {
        const refused = { operation: renderPrompt, input, error };
        const question = await questionFor(session, refused, context, client);
        if (question === undefined) throw toProtocolError(error);
        return question;
      });
      if (isInputRequiredResult(rendered)) return rendered;
      return {
        description: descriptionOf(rendered),
        messages: messagesOf(rendered),
        _meta: { "promptforge/name": rendered.name, "promptforge/version": rendered.version },
      };
    },
  };
}

/** What a form shows beside a field: the author's words, and what may be filled in. */
function argumentOf({ name, required, description, type, enum: choices }: PromptArgument) {
  const hint =
    choices !== undefined
      ? `One of: ${choices.map(String).join(", ")}`
      : type === "string" || type === "any"
        ? undefined
        : `As text: ${type}`;
  const words = [description, hint].filter((part) => part !== undefined).join(" · ");
  return { name, required, ...(words !== "" && { description: words }) };
}

/** MCP knows no role `system`: such a message is the user's, and says in `_meta` what it is. */
function messagesOf({ text, messages = [{ role: "user", content: text }] }: RenderedPrompt) {
  return messages.map(({ role, content }) => ({
    role: role === "system" ? ("user" as const) : role,
    content: {
      type: "text" as const,
      text: content,
      ...(role === "system" && { _meta: { "promptforge/role": role } }),
    },
  }));
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
