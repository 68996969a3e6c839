import type { Request } from "express";
import type { TextValue } from "../text-input.ts";

/** The query string, whatever query parser the Express app is set to: a text, or a list for a repeated name. */
export function queryOf(req: Pick<Request, "originalUrl">): Record<string, TextValue> {
  const start = req.originalUrl.indexOf("?");
  const search = new URLSearchParams(start < 0 ? "" : req.originalUrl.slice(start + 1));
  return Object.fromEntries(
    [...new Set(search.keys())].map((name) => {
      const [first = "", ...more] = search.getAll(name);
      return [name, more.length === 0 ? first : [first, ...more]];
    }),
  );
}
