import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { RequestHandler } from "express";
import { exportTenant } from "../../operations/export-tenant.ts";
import { bearerCredential } from "./credentials.ts";
import type { EndpointDependencies } from "./endpoint-routes.ts";
import { protectedResourceOf } from "./protected-resource.ts";
import { tellAllowance } from "./rate-limit-headers.ts";
import { requestIdOf } from "./request-id.ts";

/**
 * `export_tenant` as one download of JSON lines. Pages are asked for as the reader takes them; what breaks off, on whichever side,
 * lacks the last record. The whole of it counts as one call.
 */
export function exportRoute({
  run,
  authenticate,
}: Pick<EndpointDependencies, "run" | "authenticate">): RequestHandler {
  return async (req, res) => {
    const credential = bearerCredential(req);
    const call = {
      authenticate: () => authenticate(credential, protectedResourceOf(res)),
      requestId: requestIdOf(res),
      onAllowance: tellAllowance(res),
    };
    const page = async (cursor: string | undefined, address?: string) =>
      exportTenant.output.parse(await run(exportTenant, { cursor }, { ...call, address }));
    const first = await page(undefined, req.ip);
    res.set({
      "Content-Type": "application/jsonl; charset=utf-8",
      "Content-Disposition": 'attachment; filename="tenant.jsonl"',
      "Cache-Control": "no-store",
    });
    async function* lines() {
      for (let { items, next_cursor } = first; ; { items, next_cursor } = await page(next_cursor)) {
        yield items.map((item) => `${JSON.stringify(item)}\n`).join("");
        if (next_cursor === null) return;
      }
    }
    await pipeline(Readable.from(lines()), res).catch((error: unknown) => {
      // The reader went away: there is nobody to tell.
      if (!res.destroyed) throw error;
    });
  };
}
