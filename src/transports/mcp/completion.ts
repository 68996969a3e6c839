import { completeNames } from "../../operations/complete-names.ts";
import { getVersions } from "../../operations/get-versions.ts";
import { call } from "./calls.ts";
import type { McpHandlers, McpSession } from "./handlers.ts";
import { TEMPLATES } from "./uris.ts";

const NOTHING = { completion: { values: [], total: 0, hasMore: false } };

/** Completes names of prompts and numbers of versions in the resource templates. */
export function completionHandlers(session: McpSession): Pick<McpHandlers, "completion/complete"> {
  return {
    async "completion/complete"({ params }) {
      await session.authenticate();
      const { ref, argument, context } = params;
      if (ref.type !== "ref/resource" || !isTemplate(ref.uri)) return NOTHING;
      if (argument.name === "name") return names(argument.value);
      const name = context?.arguments?.["name"];
      if (argument.name === "version" && name !== undefined) return versions(name, argument.value);
      return NOTHING;
    },
  };

  async function names(prefix: string) {
    const { names: values, more } = await call(session, completeNames, { prefix });
    return { completion: { values, hasMore: more } };
  }

  async function versions(name: string, typed: string) {
    const { items, next_cursor } = await call(session, getVersions, { name, limit: 100 });
    const values = items.map(({ number }) => String(number)).filter((number) => number.startsWith(typed));
    return { completion: { values, hasMore: next_cursor !== null } };
  }
}

function isTemplate(uri: string): boolean {
  return Object.values<string>(TEMPLATES).includes(uri);
}
