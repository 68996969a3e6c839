import type { TenantStore } from "../../../domain/ports/storage.ts";

const PAGE = 200;

/** Puts the words of every prompt that is not archived into the full-text index, tenant by tenant, through the tenants' own stores. */
export async function indexAllWords(
  tenantIds: readonly string[],
  inTenant: (tenantId: string, work: (store: TenantStore) => Promise<void>) => Promise<void>,
  onPrompt: () => void,
): Promise<void> {
  for (const tenantId of tenantIds) {
    for (let after: string | undefined = ""; after !== undefined; ) {
      const from: string = after;
      await inTenant(tenantId, async (store) => {
        after = await indexPage(store, from, onPrompt);
      });
    }
  }
}

/** Gives the id of the page's last prompt; `undefined` after the last page. */
async function indexPage(
  { prompts, versions, words }: TenantStore,
  after: string,
  onPrompt: () => void,
): Promise<string | undefined> {
  const page = await prompts.all({ limit: PAGE, after });
  const live = page.filter(({ archivedAt }) => archivedAt === undefined);
  const latest = await versions.findMany(
    live.map(({ id, latestVersion }) => ({ promptId: id, number: latestVersion })),
  );
  const contents = new Map(latest.map(({ promptId, content }) => [promptId, content]));
  for (const { id, name, title, description, tags } of live) {
    await words.put({ promptId: id, name, title, description, tags, content: contents.get(id) ?? "" });
    onPrompt();
  }
  return page.length < PAGE ? undefined : page.at(-1)?.id;
}
