import { type Answer, type Library, PASSWORD, type TestMember } from "../support/library.ts";

/**
 * For each operation that changes something in a tenant, how an admin makes it change something: what there must be
 * before, and the input. An operation that is not read-only and not here fails the build: its change must be in the audit,
 * and must not happen where the audit cannot be written.
 */
export const changes: Readonly<
  Record<string, (admin: TestMember, library: Library) => Promise<Record<string, unknown>>>
> = {
  create_prompt: async () => ({ name: "a/new-one", content: "Hello {{who}}" }),
  update_prompt: async (admin) => ({ name: await aPrompt(admin), content: "Hello again" }),
  archive_prompt: async (admin) => ({ name: await aPrompt(admin) }),
  restore_prompt: async (admin) => {
    const name = await aPrompt(admin);
    await admin.call("archive_prompt", { name });
    return { name };
  },
  rename_prompt: async (admin) => ({ name: await aPrompt(admin), new_name: "a/better-one" }),
  remove_redirect: async (admin) => {
    const name = await aPrompt(admin);
    await admin.call("rename_prompt", { name, new_name: "a/better-one" });
    return { name };
  },
  delete_prompt: async (admin) => {
    const name = await aPrompt(admin);
    await admin.call("archive_prompt", { name });
    return { name, confirm: name };
  },
  bulk_update_prompts: async (admin) => {
    await admin.call("create_prompt", { content: "Hello", tags: ["old"] });
    return { change: "archive", tag: "old", dry_run: false };
  },
  pin_prompt: async (admin) => ({ name: await aPrompt(admin) }),
  unpin_prompt: async (admin) => {
    const name = await aPrompt(admin);
    await admin.call("pin_prompt", { name });
    return { name };
  },
  tag_prompt: async (admin) => ({ name: await aPrompt(admin), add: ["mail"] }),
  rename_tag: async (admin) => {
    await admin.call("create_prompt", { content: "Hello", tags: ["mails"] });
    return { from: "mails", to: "mail" };
  },
  set_label: async (admin) => ({ name: await aPrompt(admin), label: "production" }),
  remove_label: async (admin) => {
    const name = await aPrompt(admin);
    await admin.call("set_label", { name, label: "production" });
    return { name, label: "production" };
  },
  rollback_label: async (admin) => {
    const name = await aPrompt(admin);
    await admin.call("update_prompt", { name, content: "Hello again" });
    for (const version of [1, 2]) await admin.call("set_label", { name, label: "production", version });
    return { name, label: "production" };
  },
  set_protected_labels: async () => ({ labels: ["staging"] }),
  import_prompts: async () => ({ files: [{ path: "a/imported.md", text: "Hello {{who}}" }] }),
  restore_version: async (admin) => ({ name: await aPrompt(admin), version: 1 }),
  submit_for_review: async (admin) => ({ name: await aPrompt(admin) }),
  review_prompt: async (admin, library) => {
    const author = await library.join(admin, `author-of-${admin.caller.username}`, "developer");
    const name = await aPrompt(author);
    await author.call("submit_for_review", { name });
    return { name, version: 1, decision: "approve" };
  },
  set_review_policy: async () => ({ approvals: 2, protected_labels_need_approval: true }),
  clear_search_history: async (admin) => {
    await aPrompt(admin);
    await admin.call("search_prompts", { query: "hello" });
    return {};
  },
  set_search_history: async () => ({ enabled: false }),
  create_api_key: async () => ({ name: "laptop", role: "viewer" }),
  sign_out: async (admin) => {
    await signIn(admin);
    return { id: (await admin.call("list_sessions")).items[0].id };
  },
  sign_out_everywhere: async (admin) => {
    await signIn(admin);
    return {};
  },
  revoke_connected_app: async ({ caller }, { app }) => {
    const { clientGrants } = app.services;
    const client = { id: "script", name: "Script" };
    const agreed = { tenantId: caller.tenantId, client, scopes: ["prompts:read"] } as const;
    const person = clientGrants.personOf(caller.userId, undefined);
    return { id: (await clientGrants.grant(person, agreed, caller.call)).grantId };
  },
  rotate_api_key: async (admin) => ({ id: (await admin.call("create_api_key", { name: "old" })).id }),
  revoke_tenant_key: async (admin) => ({ id: (await admin.call("create_api_key", { name: "old" })).id }),
  revoke_api_key: async (admin) => ({ id: (await admin.call("create_api_key", { name: "old" })).id }),
  change_member_role: async (admin, library) => ({
    username: (await library.join(admin, unique("member"), "viewer")).caller.username,
    role: "reviewer",
  }),
  remove_member: async (admin, library) => ({
    username: (await library.join(admin, unique("member"), "viewer")).caller.username,
  }),
  leave_tenant: async (admin, library) => {
    await library.join(admin, unique("admin"), "admin");
    return {};
  },
  create_invitation: async () => ({ role: "viewer" }),
  revoke_invitation: async (admin) => ({
    id: (await admin.call("create_invitation", { role: "viewer" })).id,
  }),
  accept_invitation: async (_admin, library) => {
    const host = await library.found(unique("host"));
    return { code: (await host.call("create_invitation", { role: "viewer" })).code };
  },
  switch_tenant: async (admin) => ({
    tenant_id: (await admin.call("create_tenant", { name: "Other" })).tenant_id,
  }),
  change_password: async () => ({ current_password: PASSWORD, new_password: "quiet lighthouse keeper" }),
  set_email: async ({ caller }) => ({ email: `${caller.username}@example.com`, password: PASSWORD }),
  delete_tenant: async (admin) => ({ confirm: admin.caller.tenantName }),
  cancel_tenant_deletion: async (admin) => {
    await admin.call("delete_tenant", { confirm: admin.caller.tenantName });
    return {};
  },
  delete_account: async (admin, library) => {
    await library.join(admin, unique("admin"), "admin");
    return { password: PASSWORD };
  },
  create_tenant: async () => ({ name: "Another" }),
  create_webhook: async () => ({ url: NOBODY_LISTENS }),
  update_webhook: async (admin) => ({ id: (await aWebhook(admin)).id, events: ["label.set"] }),
  rotate_webhook_secret: async (admin) => ({ id: (await aWebhook(admin)).id }),
  delete_webhook: async (admin) => ({ id: (await aWebhook(admin)).id }),
  test_webhook: async (admin) => ({ id: (await aWebhook(admin)).id }),
  redeliver: async (admin) => {
    const { id } = await aWebhook(admin);
    return { id: (await admin.call("test_webhook", { id })).id };
  },
  rename_tenant: async () => ({ name: "Renamed" }),
};

/** An address of this machine, which the library has to allow. */
export const NOBODY_LISTENS = "https://127.0.0.1:1/hook";
export const ALLOW_NOBODY = { PROMPTFORGE_WEBHOOK_ALLOW: "127.0.0.1" };

function aWebhook(admin: TestMember): Promise<Answer> {
  return admin.call("create_webhook", { url: NOBODY_LISTENS });
}

async function signIn({ caller, call }: TestMember): Promise<void> {
  await call("login", { username: caller.username, password: PASSWORD });
}

let serial = 0;
function unique(stem: string): string {
  serial += 1;
  return `${stem}-${serial}`;
}

async function aPrompt(admin: TestMember): Promise<string> {
  return (await admin.call("create_prompt", { content: "Hello {{who}}" })).name;
}
