import type { RequestHandler } from "express";
import type { App } from "../../app.ts";
import { requestIdOf } from "../rest/request-id.ts";
import { surfaceOf } from "./surfaces.ts";

/** Makes a span of each request, where there are traces; of probes and metrics none, which come all the time. */
export function traceRequests({ tracing }: Pick<App, "tracing">): RequestHandler[] {
  if (tracing === undefined) return [];
  return [
    (req, res, next) => {
      const surface = surfaceOf(req.path);
      if (surface === "health" || req.path === "/metrics") return next();
      const span = tracing.request({ method: req.method, surface, headers: req.headers }, next);
      res.once("close", () => span.end(res.statusCode, requestIdOf(res)));
    },
  ];
}
