import { randomUUID } from "node:crypto";
import { type Answer, PASSWORD, type TestMember } from "../support/library.ts";

/** Stands in everything that the victim stores; must never appear in anything that the attacker is told. */
export const CANARY = "zanzibar";

/** What there is in the victim's tenant to reach for. */
export interface Victim {
  readonly member: TestMember;
  readonly prompt: Answer;
  readonly archived: Answer;
  readonly keyId: string;
  readonly keysCursor: string;
  readonly sessionId: string;
  /** What an app may do for the member. */
  readonly grantId: string;
  readonly listCursor: string;
  readonly versionsCursor: string;
  readonly foldersCursor: string;
  readonly bulkCursor: string;
  readonly rankedCursor: string;
  readonly redirectsCursor: string;
  readonly tagsCursor: string;
  readonly labelCursor: string;
  readonly historyCursor: string;
  readonly countsCursor: string;
  readonly invitation: Answer;
  readonly invitationsCursor: string;
  readonly membersCursor: string;
  readonly exportCursor: string;
  readonly promptsExportCursor: string;
  readonly auditCursor: string;
  readonly reviewCursor: string;
  readonly webhookId: string;
  readonly webhooksCursor: string;
  readonly deliveryId: string;
  readonly deliveriesCursor: string;
  readonly auditHead: string;
}

export interface Probe {
  /** Inputs that name something of the victim's. */
  readonly theirs: Record<string, unknown>;
  /** The same inputs, naming something that is nobody's. The answers must be alike. */
  readonly nobodys: Record<string, unknown>;
}

/** Looked up by nobody, and never called: nothing in these tests sends what waits. */
const HOOK = "https://93.184.216.34";

export async function furnish(member: TestMember): Promise<Omit<Victim, "grantId">> {
  await member.call("create_webhook", { url: `${HOOK}/first`, description: CANARY });
  const webhook = await member.call("create_webhook", { url: `${HOOK}/${CANARY}` });
  for (const n of [1, 2, 3]) {
    await member.call("create_prompt", {
      name: `${CANARY}/p${n}`,
      title: `${CANARY} ${n}`,
      content: `${CANARY} content {{${CANARY}_argument}}`,
      tags: [CANARY, `${CANARY} ${n}`],
    });
    await member.call("update_prompt", { name: `${CANARY}/p${n}`, content: `${CANARY} content, second` });
  }
  for (const version of [1, 2]) {
    await member.call("set_label", { name: `${CANARY}/p1`, label: CANARY, version, reason: CANARY });
  }
  for (const n of [1, 2]) await member.call("submit_for_review", { name: `${CANARY}/p${n}`, note: CANARY });
  await member.call("create_prompt", { name: `${CANARY}-two/p`, content: CANARY });
  for (const n of [4, 5])
    await member
      .call("rename_prompt", { name: `${CANARY}-two/p`, new_name: `${CANARY}-two/p${n}` })
      .then(() => member.call("rename_prompt", { name: `${CANARY}-two/p${n}`, new_name: `${CANARY}-two/p` }));
  for (const n of [1, 2]) await member.call("pin_prompt", { name: `${CANARY}/p${n}` });
  const archived = await member.call("archive_prompt", { name: `${CANARY}/p3` });
  for (const n of [1, 2]) await member.call("search_prompts", { query: `${CANARY} ${n}`, tag: CANARY });
  const invitation = await member.call("create_invitation", {
    role: "viewer",
    email: `${CANARY}@example.com`,
  });
  await member.call("create_invitation", { role: "admin" });
  const { id: keyId } = await member.call("create_api_key", { name: CANARY });
  await member.call("create_api_key", { name: `${CANARY}, another` });
  await member.call("login", { username: member.caller.username, password: PASSWORD });
  const [session] = (await member.call("list_sessions")).items;
  const deliveries = await member.call("list_webhook_deliveries", { id: webhook.id, limit: 1 });
  return {
    member,
    prompt: await member.call("get_prompt", { name: `${CANARY}/p1` }),
    archived,
    keyId,
    keysCursor: (await member.call("list_tenant_keys", { limit: 1 })).next_cursor,
    sessionId: session.id,
    listCursor: (await member.call("list_prompts", { limit: 1 })).next_cursor,
    redirectsCursor: (await member.call("list_redirects", { limit: 1 })).next_cursor,
    rankedCursor: (await member.call("list_prompts", { limit: 1, sort: "use" })).next_cursor,
    bulkCursor: (
      await member.call("bulk_update_prompts", {
        ...{ change: "add_tags", tags: ["more"], tag: CANARY, limit: 1, dry_run: true },
      })
    ).next_cursor,
    foldersCursor: (await member.call("list_folders", { limit: 1 })).next_cursor,
    tagsCursor: (await member.call("list_tags", { limit: 1 })).next_cursor,
    versionsCursor: (await member.call("get_versions", { name: `${CANARY}/p1`, limit: 1 })).next_cursor,
    labelCursor: (await member.call("get_label_history", { name: `${CANARY}/p1`, label: CANARY, limit: 1 }))
      .next_cursor,
    historyCursor: (await member.call("get_search_history", { limit: 1 })).next_cursor,
    countsCursor: (await member.call("get_search_counts", { limit: 1 })).next_cursor,
    invitation,
    invitationsCursor: (await member.call("list_invitations", { limit: 1 })).next_cursor,
    exportCursor: (await member.call("export_tenant")).next_cursor,
    promptsExportCursor: (await member.call("export_prompts", { limit: 1 })).next_cursor,
    membersCursor: (await member.call("list_members", { limit: 1 })).next_cursor,
    reviewCursor: (await member.call("list_reviews", { limit: 1 })).next_cursor,
    auditCursor: (await member.call("get_audit_log", { limit: 1 })).next_cursor,
    webhookId: webhook.id,
    webhooksCursor: (await member.call("list_webhooks", { limit: 1 })).next_cursor,
    deliveryId: deliveries.items[0].id,
    deliveriesCursor: deliveries.next_cursor,
    auditHead: (await member.call("verify_audit_log")).head,
  };
}

/** A username and an id that nobody has. */
const nobody = "nobody";
const nobodysName = "nobody/nothing";

function byReference(victim: Victim, rest: Record<string, unknown> = {}): Probe[] {
  return [
    { theirs: { name: victim.prompt.name, ...rest }, nobodys: { name: nobodysName, ...rest } },
    { theirs: { name: victim.prompt.id, ...rest }, nobodys: { name: randomUUID(), ...rest } },
    { theirs: { name: victim.archived.name, ...rest }, nobodys: { name: nobodysName, ...rest } },
  ];
}

function byWebhook({ webhookId }: Victim, rest: Record<string, unknown> = {}): Probe[] {
  return [{ theirs: { id: webhookId, ...rest }, nobodys: { id: randomUUID(), ...rest } }];
}

/**
 * For each operation, how one would use it to reach into another tenant. An operation that is not here fails the
 * build: whoever adds one says how it could leak.
 */
export const probes: Readonly<Record<string, (victim: Victim) => Probe[]>> = {
  get_prompt: (victim) => [
    ...byReference(victim),
    ...byReference(victim, { version: 1 }),
    ...byReference(victim, { label: CANARY }),
    { theirs: { name: `${CANARY}-two/p4` }, nobodys: { name: nobodysName } },
  ],
  bulk_update_prompts: (victim) => {
    const change = { change: "add_tags", tags: ["more"], dry_run: false };
    return [
      // What names nothing is named in the answer, as it was asked for.
      { theirs: { ...change, names: [victim.prompt.id] }, nobodys: { ...change, names: [randomUUID()] } },
      { theirs: { ...change, tag: CANARY }, nobodys: { ...change, tag: "nothing" } },
      { theirs: { ...change, folder: CANARY }, nobodys: { ...change, folder: "nothing" } },
      { theirs: { ...change, label: CANARY }, nobodys: { ...change, label: "nothing" } },
      {
        theirs: { ...change, author: victim.member.caller.username },
        nobodys: { ...change, author: nobody },
      },
      {
        theirs: { ...change, tag: CANARY, limit: 1, dry_run: true, cursor: victim.bulkCursor },
        nobodys: { ...change, tag: CANARY, limit: 1, dry_run: true, cursor: "bm9ib2R5" },
      },
    ];
  },
  pin_prompt: (victim) => byReference(victim),
  unpin_prompt: (victim) => byReference(victim),
  get_usage: (victim) => [{ theirs: {}, nobodys: {} }, ...byReference(victim)],
  rename_prompt: (victim) => byReference(victim, { new_name: "taken" }),
  list_redirects: (victim) => [
    { theirs: {}, nobodys: {} },
    ...byReference(victim),
    { theirs: { limit: 1, cursor: victim.redirectsCursor }, nobodys: { limit: 1, cursor: "bm9ib2R5" } },
  ],
  remove_redirect: () => [{ theirs: { name: `${CANARY}-two/p4` }, nobodys: { name: nobodysName } }],
  delete_prompt: (victim) => byReference(victim, { confirm: victim.archived.name }),
  get_versions: (victim) => [
    ...byReference(victim),
    { theirs: { name: "own", cursor: victim.versionsCursor }, nobodys: { name: "own", cursor: "bm9ib2R5" } },
  ],
  render_prompt: (victim) => [
    ...byReference(victim, { arguments: {} }),
    ...byReference(victim, { label: CANARY }),
  ],
  resolve_prompt: (victim) => [
    ...byReference(victim),
    ...byReference(victim, { version: 1 }),
    ...byReference(victim, { label: CANARY }),
  ],
  who_uses: (victim) => [...byReference(victim), ...byReference(victim, { at: "latest" })],
  set_label: (victim) => byReference(victim, { label: CANARY, version: 1 }),
  remove_label: (victim) => byReference(victim, { label: CANARY }),
  rollback_label: (victim) => byReference(victim, { label: CANARY }),
  get_label_history: (victim) => [
    ...byReference(victim, { label: CANARY }),
    {
      theirs: { name: "own", label: "staging", cursor: victim.labelCursor },
      nobodys: { name: "own", label: "staging", cursor: "bm9ib2R5" },
    },
  ],
  submit_for_review: (victim) => [...byReference(victim), ...byReference(victim, { version: 1 })],
  review_prompt: (victim) => byReference(victim, { version: 1, decision: "approve" }),
  list_reviews: (victim) => [
    { theirs: {}, nobodys: {} },
    ...byReference(victim),
    { theirs: { limit: 1, cursor: victim.reviewCursor }, nobodys: { limit: 1, cursor: "bm9ib2R5" } },
  ],
  set_review_policy: () => {
    const policy = { approvals: 1, protected_labels_need_approval: false };
    return [{ theirs: policy, nobodys: policy }];
  },
  list_labels: () => [{ theirs: {}, nobodys: {} }],
  set_protected_labels: () => [{ theirs: { labels: ["own"] }, nobodys: { labels: ["own"] } }],
  compare_versions: (victim) => [
    ...byReference(victim),
    ...byReference(victim, { from: 1, to: 2 }),
    ...byReference(victim, { from: 2, to: 1 }),
  ],
  restore_version: (victim) => byReference(victim, { version: 1 }),
  update_prompt: (victim) => byReference(victim, { content: "taken over" }),
  archive_prompt: (victim) => byReference(victim),
  restore_prompt: (victim) => byReference(victim),
  revoke_api_key: (victim) => [{ theirs: { id: victim.keyId }, nobodys: { id: randomUUID() } }],
  list_members: (victim) => [
    { theirs: {}, nobodys: {} },
    { theirs: { cursor: victim.membersCursor }, nobodys: { cursor: "bm9ib2R5" } },
  ],
  change_member_role: ({ member: { caller } }) => [
    { theirs: { username: caller.username, role: "viewer" }, nobodys: { username: nobody, role: "viewer" } },
    {
      theirs: { username: `${CANARY}-colleague`, role: "admin" },
      nobodys: { username: nobody, role: "admin" },
    },
  ],
  remove_member: ({ member: { caller } }) => [
    { theirs: { username: caller.username }, nobodys: { username: nobody } },
    { theirs: { username: caller.userId }, nobodys: { username: randomUUID() } },
  ],
  create_invitation: () => [{ theirs: { role: "viewer" }, nobodys: { role: "viewer" } }],
  list_invitations: (victim) => [
    { theirs: { cursor: victim.invitationsCursor }, nobodys: { cursor: "bm9ib2R5" } },
  ],
  revoke_invitation: ({ invitation }) => [{ theirs: { id: invitation.id }, nobodys: { id: randomUUID() } }],
  // Whoever has the code is asked in; what an admin of another tenant could know of it is its id.
  preview_invitation: ({ invitation }) => [
    { theirs: { code: invitation.id }, nobodys: { code: randomUUID() } },
  ],
  accept_invitation: ({ invitation }) => [
    { theirs: { code: invitation.id }, nobodys: { code: randomUUID() } },
  ],
  list_tenants: () => [{ theirs: {}, nobodys: {} }],
  switch_tenant: ({ member: { caller } }) => [
    { theirs: { tenant_id: caller.tenantId }, nobodys: { tenant_id: randomUUID() } },
  ],
  create_tenant: () => [{ theirs: { name: "another" }, nobodys: { name: "another" } }],
  rename_tenant: () => [{ theirs: { name: "attacker" }, nobodys: { name: "attacker" } }],
  list_prompts: (victim) => [
    { theirs: { tag: CANARY }, nobodys: { tag: "nothing" } },
    { theirs: { folder: CANARY }, nobodys: { folder: "nothing" } },
    { theirs: { label: CANARY }, nobodys: { label: "nothing" } },
    { theirs: { query: CANARY }, nobodys: { query: "nothing" } },
    { theirs: { author: victim.member.caller.username }, nobodys: { author: "nobody" } },
    { theirs: { limit: 1, cursor: victim.listCursor }, nobodys: { limit: 1, cursor: "bm9ib2R5" } },
    { theirs: { favourites: true }, nobodys: { favourites: true } },
    {
      theirs: { sort: "use", limit: 1, cursor: victim.rankedCursor },
      nobodys: { sort: "use", limit: 1, cursor: "bm9ib2R5" },
    },
  ],
  list_folders: (victim) => [
    { theirs: {}, nobodys: {} },
    { theirs: { folder: CANARY }, nobodys: { folder: "nothing" } },
    { theirs: { limit: 1, cursor: victim.foldersCursor }, nobodys: { limit: 1, cursor: "bm9ib2R5" } },
  ],
  list_tags: (victim) => [
    { theirs: {}, nobodys: {} },
    { theirs: { prefix: CANARY }, nobodys: { prefix: "nothing" } },
    { theirs: { limit: 1, cursor: victim.tagsCursor }, nobodys: { limit: 1, cursor: "bm9ib2R5" } },
  ],
  tag_prompt: (victim) => byReference(victim, { add: ["taken"], remove: ["nothing"] }),
  rename_tag: () => [{ theirs: { from: CANARY, to: "taken" }, nobodys: { from: "nothing", to: "taken" } }],
  // Before the searches: what one looked for oneself is told. Clearing one's own must leave the victim's.
  clear_search_history: () => [{ theirs: {}, nobodys: {} }],
  get_search_history: (victim) => [
    { theirs: {}, nobodys: {} },
    { theirs: { cursor: victim.historyCursor }, nobodys: { cursor: "bm9ib2R5" } },
  ],
  set_search_history: () => [{ theirs: { enabled: true }, nobodys: { enabled: true } }],
  get_search_counts: (victim) => [
    { theirs: {}, nobodys: {} },
    { theirs: { limit: 1, cursor: victim.countsCursor }, nobodys: { limit: 1, cursor: "bm9ib2R5" } },
  ],
  use_prompt: (victim) => [
    ...byReference(victim, { arguments: {} }),
    ...byReference(victim, { label: CANARY }),
    { theirs: { task: victim.prompt.content }, nobodys: { task: victim.prompt.content } },
  ],
  search_prompts: () => [
    { theirs: { query: "x", tag: CANARY }, nobodys: { query: "x", tag: "nothing" } },
    { theirs: { query: "x", label: CANARY }, nobodys: { query: "x", label: "nothing" } },
    { theirs: { query: "x", folder: CANARY }, nobodys: { query: "x", folder: "nothing" } },
    { theirs: { query: CANARY }, nobodys: { query: CANARY } },
  ],
  find_similar: (victim) => [
    ...byReference(victim),
    { theirs: { text: victim.prompt.content }, nobodys: { text: victim.prompt.content } },
  ],
  complete_names: () => [{ theirs: { prefix: CANARY }, nobodys: { prefix: "nothing" } }],
  // Names in use elsewhere are free: a test of its own shows it, in a tenant of its own.
  create_prompt: () => [{ theirs: { name: "own", content: "x" }, nobodys: { name: "own", content: "x" } }],
  // These name nothing of anybody's: only what they answer can leak.
  get_audit_log: (victim) => [
    { theirs: { target: victim.prompt.name }, nobodys: { target: nobodysName } },
    { theirs: { target: victim.prompt.id }, nobodys: { target: randomUUID() } },
    { theirs: { user: victim.member.caller.username }, nobodys: { user: "nobody" } },
    { theirs: { limit: 1, cursor: victim.auditCursor }, nobodys: { limit: 1, cursor: "bm9ib2R5" } },
  ],
  verify_audit_log: (victim) => [
    {
      theirs: { known_head: victim.auditHead },
      nobodys: { known_head: victim.auditHead.replace(/[0-9a-f]{64}$/, "0".repeat(64)) },
    },
  ],
  create_webhook: () => [{ theirs: { url: `${HOOK}/own` }, nobodys: { url: `${HOOK}/own` } }],
  list_webhooks: (victim) => [{ theirs: { cursor: victim.webhooksCursor }, nobodys: { cursor: "bm9ib2R5" } }],
  update_webhook: (victim) => byWebhook(victim, { active: false }),
  rotate_webhook_secret: (victim) => byWebhook(victim),
  delete_webhook: (victim) => byWebhook(victim),
  test_webhook: (victim) => byWebhook(victim),
  list_webhook_deliveries: (victim) => [
    ...byWebhook(victim),
    ...byWebhook(victim, { cursor: victim.deliveriesCursor }),
  ],
  redeliver: (victim) => [{ theirs: { id: victim.deliveryId }, nobodys: { id: randomUUID() } }],
  get_quotas: () => [{ theirs: {}, nobodys: {} }],
  whoami: () => [{ theirs: {}, nobodys: {} }],
  list_api_keys: () => [{ theirs: {}, nobodys: {} }],
  list_tenant_keys: (victim) => [
    { theirs: { limit: 1, cursor: victim.keysCursor }, nobodys: { limit: 1, cursor: "bm9ib2R5" } },
    { theirs: {}, nobodys: {} },
  ],
  export_access_review: () => [
    { theirs: {}, nobodys: {} },
    { theirs: { format: "csv" }, nobodys: { format: "csv" } },
  ],
  rotate_api_key: (victim) => [{ theirs: { id: victim.keyId }, nobodys: { id: randomUUID() } }],
  revoke_tenant_key: (victim) => [{ theirs: { id: victim.keyId }, nobodys: { id: randomUUID() } }],
  create_api_key: () => [{ theirs: { name: "k" }, nobodys: { name: "k" } }],
  // Leaving would end the attacker's own calls: a test of its own shows that it ends one membership alone.
  leave_tenant: () => [],
  // They would end the attacker's own tenant or account: test/operations/leaving.test.ts shows that nothing else is touched.
  delete_tenant: () => [],
  cancel_tenant_deletion: () => [{ theirs: {}, nobodys: {} }],
  delete_account: () => [],
  export_prompts: (victim) => [
    ...byReference(victim),
    ...byReference(victim, { format: "markdown", label: CANARY }),
    { theirs: { cursor: victim.promptsExportCursor }, nobodys: { cursor: "bm9ib2R5" } },
    { theirs: { prefix: CANARY }, nobodys: { prefix: nobody } },
    { theirs: { tag: CANARY, versions: "all" }, nobodys: { tag: nobody, versions: "all" } },
  ],
  // The report repeats the names of the files, which are the caller's own words.
  import_prompts: (victim) =>
    [{ on_existing: "fail" }, { on_existing: "skip" }, {}].map((choices) => {
      const input = { files: [{ path: "own.md", text: "mine" }], dry_run: true, ...choices };
      return {
        theirs: { ...input, expected_versions: { [victim.prompt.name]: 2 } },
        nobodys: { ...input, expected_versions: { [nobodysName]: 2 } },
      };
    }),
  export_tenant: (victim) => [{ theirs: { cursor: victim.exportCursor }, nobodys: { cursor: "bm9ib2R5" } }],
  get_email: () => [{ theirs: {}, nobodys: {} }],
  // Of the person, not of a tenant.
  set_email: () => [],
  confirm_email: () => [],
  change_password: () => [],
  request_password_reset: () => [{ theirs: { username: CANARY }, nobodys: { username: nobody } }],
  reset_password: () => [],
  register: () => [],
  login: () => [],
  refresh_session: () => [],
  list_sessions: () => [{ theirs: {}, nobodys: {} }],
  sign_out: (victim) => [{ theirs: { id: victim.sessionId }, nobodys: { id: randomUUID() } }],
  sign_out_everywhere: () => [{ theirs: {}, nobodys: {} }],
  list_connected_apps: () => [{ theirs: {}, nobodys: {} }],
  revoke_connected_app: (victim) => [{ theirs: { id: victim.grantId }, nobodys: { id: randomUUID() } }],
};
