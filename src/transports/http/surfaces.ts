/** Where a request goes, by the first part of its path: of few values, whatever is asked for. */
const SURFACES = {
  mcp: "mcp",
  v1: "rest",
  auth: "rest",
  prompts: "rest",
  oauth: "oauth",
  ".well-known": "oauth",
  "sign-in": "pages",
  invitation: "pages",
  "password-reset": "pages",
  "email-confirmation": "pages",
  "connected-apps": "pages",
  docs: "pages",
  health: "health",
  healthz: "health",
  readyz: "health",
} as const;

export function surfaceOf(path: string) {
  const [, first = ""] = path.split("/", 2);
  return Object.hasOwn(SURFACES, first) ? SURFACES[first as keyof typeof SURFACES] : "other";
}
