import express, { type Router } from "express";
import type { App } from "../../app.ts";

/** Until the database is taken to be away: probes wait for a second or so. */
const DATABASE_MS = 2_000;
/** The index is asked at most so often, whoever probes, and waited for only so long: it decides nothing. */
const INDEX_FRESH_MS = 5_000;
const INDEX_MS = 500;

type IndexState = "ok" | "building" | "unavailable";

/**
 * `/health/live` (and `/healthz`): the process answers; it depends on nothing. `/health/ready` (and `/readyz`): it can do its
 * work, that is, the database answers. Without the index it is `degraded`: search goes by words, and all else goes on. They are
 * open, say nothing of what is stored, and are asked under any Host name, as probes do.
 */
export function healthRouter(app: Pick<App, "storage" | "searchIndex" | "generations">): Router {
  let index: Promise<IndexState> | undefined;
  let askedAt = 0;

  /** What was found last, where the answer of now is not there in time. */
  let last: IndexState = "ok";
  function indexState(): Promise<IndexState> {
    if (index === undefined || performance.now() - askedAt > INDEX_FRESH_MS) {
      askedAt = performance.now();
      index = lookAtIndex(app).then((found) => {
        last = found;
        return found;
      });
    }
    return within(INDEX_MS, index, () => last);
  }

  const router = express.Router();
  router.get(["/health/live", "/healthz"], (_req, res) => {
    res.set("Cache-Control", "no-store").json({ status: "ok" });
  });
  router.get(["/health/ready", "/readyz"], async (_req, res) => {
    const answers = app.storage.ping().then(
      () => true,
      () => false,
    );
    const [database, search] = await Promise.all([within(DATABASE_MS, answers, () => false), indexState()]);
    const status = !database ? "unavailable" : search === "ok" ? "ready" : "degraded";
    res
      .status(database ? 200 : 503)
      .set("Cache-Control", "no-store")
      .json({ status, database: database ? "ok" : "unavailable", index: search });
  });
  return router;
}

async function lookAtIndex({
  searchIndex,
  generations,
}: Pick<App, "searchIndex" | "generations">): Promise<IndexState> {
  try {
    if ((await searchIndex.reachable?.()) === false) return "unavailable";
    return (await generations.obstacle()) === undefined ? "ok" : "building";
  } catch {
    return "unavailable";
  }
}

async function within<T>(milliseconds: number, answer: Promise<T>, otherwise: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise()), milliseconds);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
