/** A call of a tool as docs/mcp.md shows it. They are made one after the other, on one library. */
export interface ToolExample {
  readonly tool: string;
  readonly input: Record<string, unknown>;
  /** Answered before, and put into the input under a field's name: what only the library knows. */
  readonly from?: Readonly<Record<string, (answers: Answers) => unknown>>;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are read as a client reads JSON
export type Answers = Readonly<Record<string, any>>;

/** One call of each tool; a tool without one fails the page's test. */
export const TOOL_EXAMPLES: readonly ToolExample[] = [
  { tool: "whoami", input: {} },
  {
    tool: "create_prompt",
    input: {
      name: "support/triage",
      title: "Triage a ticket",
      description: "Sorts a support ticket by what it needs",
      content: "Read this ticket about {{product}} and say who should answer it:\n\n{{ticket}}",
      tags: ["support"],
    },
  },
  {
    tool: "update_prompt",
    input: {
      name: "support/triage",
      content: "Read this ticket about {{product}}. Say in one line who should answer it:\n\n{{ticket}}",
      change_note: "Ask for one line",
      expected_version: 1,
    },
  },
  { tool: "get_prompt", input: { name: "support/triage" } },
  { tool: "get_versions", input: { name: "support/triage", limit: 1 } },
  { tool: "compare_versions", input: { name: "support/triage", from: 1, to: 2 } },
  {
    tool: "render_prompt",
    input: { name: "support/triage", arguments: { product: "Tea", ticket: "Where is my order?" } },
  },
  { tool: "resolve_prompt", input: { name: "support/triage" } },
  { tool: "who_uses", input: { name: "support/triage" } },
  {
    tool: "set_label",
    input: { name: "support/triage", label: "staging", version: 1, reason: "To be tried out" },
  },
  { tool: "set_label", input: { name: "support/triage", label: "staging", version: 2 } },
  { tool: "rollback_label", input: { name: "support/triage", label: "staging", reason: "Too short" } },
  { tool: "get_label_history", input: { name: "support/triage", label: "staging", limit: 1 } },
  { tool: "list_labels", input: {} },
  { tool: "remove_label", input: { name: "support/triage", label: "staging" } },
  { tool: "restore_version", input: { name: "support/triage", version: 1 } },
  { tool: "submit_for_review", input: { name: "support/triage", note: "The first wording again" } },
  { tool: "list_reviews", input: { status: "pending" } },
  { tool: "search_prompts", input: { query: "sort incoming customer tickets", limit: 1 } },
  {
    tool: "use_prompt",
    input: { task: "sort incoming customer tickets", arguments: { product: "Tea", ticket: "It is cold." } },
  },
  { tool: "find_similar", input: { text: "Say who should answer a ticket", limit: 1 } },
  { tool: "list_prompts", input: { folder: "support", limit: 1 } },
  { tool: "list_folders", input: {} },
  { tool: "tag_prompt", input: { name: "support/triage", add: ["tickets"] } },
  { tool: "rename_tag", input: { from: "tickets", to: "email" } },
  { tool: "list_tags", input: { limit: 1 } },
  {
    tool: "bulk_update_prompts",
    input: { change: "add_tags", tags: ["mail"], folder: "support", dry_run: true },
  },
  { tool: "pin_prompt", input: { name: "support/triage" } },
  { tool: "unpin_prompt", input: { name: "support/triage" } },
  { tool: "get_usage", input: { name: "support/triage" } },
  { tool: "rename_prompt", input: { name: "support/triage", new_name: "support/sort" } },
  { tool: "rename_prompt", input: { name: "support/sort", new_name: "support/triage" } },
  { tool: "list_redirects", input: { limit: 1 } },
  { tool: "remove_redirect", input: { name: "support/sort" } },
  { tool: "archive_prompt", input: { name: "support/triage" } },
  { tool: "restore_prompt", input: { name: "support/triage" } },
  { tool: "get_search_history", input: { limit: 1 } },
  { tool: "clear_search_history", input: {} },
  { tool: "get_search_counts", input: { limit: 1 } },
  { tool: "set_protected_labels", input: { labels: ["production"] } },
  { tool: "set_review_policy", input: { approvals: 1, protected_labels_need_approval: true } },
  { tool: "get_quotas", input: {} },
  { tool: "list_tenant_keys", input: { limit: 1 } },
  { tool: "list_members", input: {} },
  {
    tool: "review_prompt",
    input: { name: "support/triage", version: 3, decision: "approve", comment: "Clear" },
  },
  { tool: "change_member_role", input: { username: "grace", role: "developer" } },
  { tool: "remove_member", input: { username: "grace" } },
  { tool: "list_invitations", input: { limit: 1 } },
  {
    tool: "revoke_invitation",
    input: {},
    from: { id: ({ list_invitations }) => list_invitations.items[0].id },
  },
  { tool: "export_prompts", input: { format: "markdown", prefix: "support/", limit: 1 } },
  {
    tool: "import_prompts",
    input: {
      files: [{ path: "sales/offer.md", text: "---\ntitle: Make an offer\n---\nOffer {{product}}." }],
      dry_run: true,
    },
  },
  { tool: "list_webhooks", input: {} },
  {
    tool: "update_webhook",
    input: { description: "For the build server" },
    from: { id: ({ list_webhooks }) => list_webhooks.items[0].id },
  },
  { tool: "test_webhook", input: {}, from: { id: ({ list_webhooks }) => list_webhooks.items[0].id } },
  {
    tool: "list_webhook_deliveries",
    input: { state: "dead" },
    from: { id: ({ list_webhooks }) => list_webhooks.items[0].id },
  },
  { tool: "redeliver", input: {}, from: { id: ({ test_webhook }) => test_webhook.id } },
  // Another one: what is delivered again to the first is under way, or not.
  { tool: "delete_webhook", input: {}, from: { id: ({ list_webhooks }) => list_webhooks.items[1].id } },
  { tool: "rename_tenant", input: { name: "Tea & Co." } },
  { tool: "get_audit_log", input: { operation: "create_prompt", limit: 1 } },
  { tool: "verify_audit_log", input: {} },
];
