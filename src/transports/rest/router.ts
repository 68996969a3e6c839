import express, { type ErrorRequestHandler, type RequestHandler, type Router } from "express";
import { catalogue } from "../../operations/index.ts";
import { catalogueEndpoints } from "./catalogue-endpoints.ts";
import { docsRouter } from "./docs-page.ts";
import { type EndpointDependencies, mountEndpoints, unknownPath } from "./endpoint-routes.ts";
import { archiveRoute, downloadRoute } from "./exchange-routes.ts";
import { exportRoute } from "./export-route.ts";
import { openApiDocument } from "./openapi.ts";
import { originalEndpoints } from "./original-endpoints.ts";
import { isUnexpected, problemHandler } from "./problem.ts";
import { assignRequestId, requestIdOf } from "./request-id.ts";

export interface RestDependencies extends EndpointDependencies {
  /** Of the program, for the OpenAPI document. */
  readonly version: string;
  /** Address under which clients reach the server. */
  readonly publicUrl?: string | undefined;
  /** Hears of faults of ours that a caller is told nothing of; those of operations are reported by `run`. */
  readonly onError?: (error: unknown, requestId: string) => void;
}

/** Below these nothing but REST is served, so that an unknown path there is a problem document, too. */
const PREFIXES = ["/v1", "/auth", "/users", "/prompts", "/docs"];

/** REST: the catalogue's operations under /v1, the original paths, /openapi.json and /docs. */
export function createRestRouter(deps: RestDependencies): Router {
  const endpoints = [...catalogueEndpoints(catalogue), ...originalEndpoints];
  const document = JSON.stringify(openApiDocument(endpoints, deps));
  const router = express.Router();

  router.use([...PREFIXES, "/openapi.json"], assignRequestId, noSniffing);
  router.get("/openapi.json", (_req, res) => {
    res.set("Cache-Control", "no-cache").type("json").send(document);
  });
  router.use("/docs", docsRouter());
  router.get("/", browsersToDocs);
  router.get("/v1/tenants/current/export.jsonl", exportRoute(deps));
  router.get("/v1/export/download", downloadRoute(deps));
  router.post("/v1/import/archive", archiveRoute(deps));
  mountEndpoints(router, endpoints, deps);
  router.use(PREFIXES, unknownPath);
  router.use(reporting(deps.onError), problemHandler);
  return router;
}

/** Somebody who opens the server's bare address wants to see what is here; a program asked for what is not. */
const browsersToDocs: RequestHandler = (req, res, next) => {
  res.vary("Accept");
  if (req.accepts(["json", "html"]) === "html") res.redirect("docs");
  else next();
};

function reporting(onError: RestDependencies["onError"]): ErrorRequestHandler {
  return (error, _req, res, next) => {
    if (isUnexpected(error)) onError?.(error, requestIdOf(res));
    next(error);
  };
}

const noSniffing: RequestHandler = (_req, res, next) => {
  res.set("X-Content-Type-Options", "nosniff");
  next();
};
