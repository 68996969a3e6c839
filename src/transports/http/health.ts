import express, { type Router } from "express";
import type { App } from "../../app.ts";

/**
 * `/healthz`: the process answers; it depends on nothing. `/readyz`: it can do its work, that is, the database answers.
 * Both are open, say nothing of what is stored, and are asked under any Host name, as probes do.
 */
export function healthRouter(app: Pick<App, "storage">): Router {
  const router = express.Router();
  router.get("/healthz", (_req, res) => {
    res.set("Cache-Control", "no-store").json({ status: "ok" });
  });
  router.get("/readyz", async (_req, res) => {
    const database = await app.storage.ping().then(
      () => "ok",
      () => "unavailable",
    );
    const ready = database === "ok";
    res
      .status(ready ? 200 : 503)
      .set("Cache-Control", "no-store")
      .json({ status: ready ? "ready" : "unavailable", database });
  });
  return router;
}
