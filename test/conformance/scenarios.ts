/** Revisions of the protocol whose requirements the suite has frozen, the newest first. */
export const REVISIONS = ["2026-07-28", "2025-11-25"] as const;

export type Revision = (typeof REVISIONS)[number];

const LISTS = ["tools-list", "prompts-list", "resources-list"];

/**
 * Scenarios that ask for nothing of the suite's own by name. They run a second time against the server as it is
 * delivered: no fixtures, no sessions. `server-sse-multiple-streams` of 2025-11-25 is not among them, since it does
 * nothing without a session; `http-header-validation` is, although no revision requires it yet.
 */
export const GENERIC: Readonly<Record<Revision, readonly string[]>> = {
  "2026-07-28": [
    ...LISTS,
    "completion-complete",
    "caching",
    "dns-rebinding-protection",
    "http-header-validation",
    "input-required-result-unsupported-methods",
    "sep-2164-resource-not-found",
    "server-sse-multiple-streams",
    "server-stateless",
  ],
  "2025-11-25": [...LISTS, "completion-complete", "dns-rebinding-protection", "ping", "server-initialize"],
};
