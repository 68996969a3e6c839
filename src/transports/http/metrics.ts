import { createHash, timingSafeEqual } from "node:crypto";
import express, { type Request, type RequestHandler, type Router } from "express";
import type { App } from "../../app.ts";
import { bearerCredential } from "../rest/credentials.ts";
import { StatusError } from "../rest/problem.ts";
import { LOOPBACK } from "./host-guard.ts";
import { surfaceOf } from "./surfaces.ts";

/** What a proxy adds: behind one, everybody comes from this machine. */
const PROXY_HEADERS = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/** `/metrics`, for whom the settings say; where there are none, or not for this one, there is nothing. Asked under any Host name. */
export function metricsRouter({ metrics, config }: Pick<App, "metrics" | "config">): Router {
  const router = express.Router();
  if (metrics === undefined) return router;
  const token = config.metrics?.token;
  router.get("/metrics", async (req, res, next) => {
    if (token === undefined) {
      if (!isFromHere(req)) return next();
    } else requireToken(req, token);
    res.set({ "Content-Type": metrics.contentType, "Cache-Control": "no-store" }).send(await metrics.text());
  });
  return router;
}

/** Counts each request by where it goes and how it was answered. */
export function countRequests({ metrics }: Pick<App, "metrics">): RequestHandler[] {
  if (metrics === undefined) return [];
  return [
    (req, res, next) => {
      metrics.requestBegan();
      const surface = surfaceOf(req.path);
      res.once("close", () => metrics.requestEnded(surface, res.statusCode));
      next();
    },
  ];
}

function isFromHere(req: Request): boolean {
  const { remoteAddress = "" } = req.socket;
  const host = (req.headers.host ?? "").replace(/:\d+$/, "");
  return (
    /^(::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/.test(remoteAddress) &&
    LOOPBACK.includes(host) &&
    PROXY_HEADERS.every((name) => req.headers[name] === undefined)
  );
}

function requireToken(req: Request, token: string): void {
  const given = bearerCredential(req) ?? "";
  if (timingSafeEqual(digest(given), digest(token))) return;
  throw new StatusError(
    401,
    "unauthenticated",
    "Metrics need the token of PROMPTFORGE_METRICS_TOKEN: 'Authorization: Bearer …'.",
    { "WWW-Authenticate": 'Bearer realm="metrics"' },
  );
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
