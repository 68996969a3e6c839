import express, { type Router } from "express";
import type { App } from "../../app.ts";

/** How long verifiers may keep the keys. A new key is published for longer than this before it signs. */
const MAX_AGE_SECONDS = 300;

/** `/.well-known/jwks.json` [RFC 7517]: the public keys, for those who verify our tokens elsewhere. */
export function jwksRouter(app: Pick<App, "tokens">): Router {
  const router = express.Router();
  router.get("/.well-known/jwks.json", async (_req, res) => {
    const set = await app.tokens.jwks();
    res
      .set({ "Cache-Control": `public, max-age=${MAX_AGE_SECONDS}`, "X-Content-Type-Options": "nosniff" })
      .type("application/jwk-set+json")
      .send(JSON.stringify(set));
  });
  return router;
}
