import { once } from "node:events";
import type { RequestHandler } from "express";
import { exportTenant } from "../../operations/export-tenant.ts";
import { bearerCredential } from "./credentials.ts";
import type { EndpointDependencies } from "./endpoint-routes.ts";
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
    const call = { authenticate: () => authenticate(credential), requestId: requestIdOf(res) };
    const page = async (cursor: string | undefined, address?: string) =>
      exportTenant.output.parse(await run(exportTenant, { cursor }, { ...call, address }));
    let { items, next_cursor } = await page(undefined, req.ip);
    res.set({
      "Content-Type": "application/jsonl; charset=utf-8",
      "Content-Disposition": 'attachment; filename="tenant.jsonl"',
      "Cache-Control": "no-store",
    });
    for (;;) {
      const taken = res.write(items.map((item) => `${JSON.stringify(item)}\n`).join(""));
      if (next_cursor === null) break;
      if (!taken) await Promise.race([once(res, "drain"), once(res, "close")]);
      if (res.destroyed) return;
      ({ items, next_cursor } = await page(next_cursor));
    }
    res.end();
  };
}
