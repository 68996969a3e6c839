import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import express, { type Router } from "express";

const require = createRequire(import.meta.url);
const FOLDER = dirname(require.resolve("swagger-ui-dist/package.json"));

/** All that is served of the package; its own page would point elsewhere. */
const ASSETS = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];

/** Everything from this server, no inline script. Styles may be inline because Swagger UI sets some of its own that way. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Addresses are relative, so that the page also works behind a path prefix. */
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>PromptForge API</title>
    <link rel="stylesheet" href="docs/swagger-ui.css">
    <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <noscript>This page needs JavaScript. The API is described in <a href="openapi.json">openapi.json</a>.</noscript>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

/** A pasted key stays in the page's memory, and no outside validator hears of the document. */
const START = `SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  persistAuthorization: false,
  validatorUrl: null,
});
`;

/** The interactive page at `/docs`: Swagger UI from the installed package. */
export function docsRouter(): Router {
  const router = express.Router({ strict: true });
  router.use((_req, res, next) => {
    res.set({
      "Content-Security-Policy": CONTENT_SECURITY_POLICY,
      "Referrer-Policy": "no-referrer",
      "Cache-Control": "no-cache",
    });
    next();
  });
  router.get("/", (req, res) => {
    if (req.originalUrl.replace(/\?.*$/s, "").endsWith("/")) res.redirect(308, "../docs");
    else res.type("html").send(PAGE);
  });
  router.get("/start.js", (_req, res) => {
    res.type("js").send(START);
  });
  for (const asset of ASSETS) {
    const file = join(FOLDER, asset);
    router.get(`/${asset}`, (_req, res) => {
      // The file is a fixed one; the package may well lie below a folder with a dot, such as npx's cache.
      res.sendFile(file, { cacheControl: false, dotfiles: "allow" });
    });
  }
  return router;
}
