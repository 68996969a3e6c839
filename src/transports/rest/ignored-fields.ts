import type { Response } from "express";
import type { Endpoint } from "./endpoint.ts";

/** So many are named, and so much of each: enough for slips, and an end for everything else. */
const MOST = 10;
const LONGEST = 64;

/**
 * Tells the client which of the fields that it gave the endpoint does not have, and that were of no effect:
 * `PromptForge-Ignored: lable`. In a header, since answers are read by programs that know their fields.
 */
export function tellIgnored(res: Response, { input }: Pick<Endpoint, "input">) {
  return (fields: readonly string[]): void => {
    const ignored = fields.filter((field) => !Object.hasOwn(input.shape, field)).slice(0, MOST);
    if (ignored.length === 0 || res.headersSent) return;
    res.set(
      "PromptForge-Ignored",
      ignored.map((field) => encodeURIComponent(field.slice(0, LONGEST).toWellFormed())).join(", "),
    );
  };
}
