import Mustache from "mustache";

/** Values of a template. What stands in `{{ }}` is escaped; no template uses the other kind. */
export type View = Readonly<Record<string, unknown>>;

const LAYOUT = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{{title}} · PromptForge</title>
    <link rel="stylesheet" href="{{base}}/sign-in/style.css">
  </head>
  <body>
    <main>
      <p class="brand">PromptForge</p>
      {{> content}}
    </main>
  </body>
</html>
`;

export interface Page {
  readonly title: string;
  /** A mustache template. */
  readonly content: string;
  readonly view: View;
}

/** @param base path under which clients reach the server, empty where that is its root. */
export function renderPage({ title, content, view }: Page, base: string): string {
  return Mustache.render(LAYOUT, { ...view, title, base }, { content });
}

/**
 * Nothing runs and nothing is fetched but the style sheet. Browsers hold the redirect that follows a form against
 * `form-action`, too: where that leads to a client, its address has to be named.
 */
export function pageHeaders(redirectUri?: string): Record<string, string> {
  const targets = ["'self'", ...(redirectUri === undefined ? [] : [formTarget(redirectUri)])];
  return {
    "Content-Security-Policy": [
      "default-src 'none'",
      "style-src 'self'",
      `form-action ${targets.join(" ")}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    // Not no-referrer: a form would then be sent with Origin: null.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
  };
}

function formTarget(uri: string): string {
  const { protocol, origin } = new URL(uri);
  return protocol === "https:" || protocol === "http:" ? origin : protocol;
}
