import type { RequestHandler } from "express";
import type { App } from "../../app.ts";

/**
 * Says once, when a request comes through a proxy and none is named, that all clients then have the proxy's address and
 * share one limit. Any client can send the header: that costs one line.
 */
export function tellOfUnnamedProxy(trusted: readonly string[], log: App["log"]): RequestHandler {
  let told = trusted.length > 0;
  return (req, _res, next) => {
    if (!told && req.get("X-Forwarded-For") !== undefined) {
      told = true;
      log.warn(
        { address: req.socket.remoteAddress },
        "a request came through a proxy: name it in PROMPTFORGE_TRUSTED_PROXIES, or all its clients share one limit of sign-ins",
      );
    }
    next();
  };
}
