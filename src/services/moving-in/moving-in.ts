import type { CallContext } from "../../domain/identity.ts";
import type {
  OriginalLibrary,
  OriginalProblem,
  OriginalRow,
  OriginalUser,
} from "../../domain/ports/original-library.ts";
import type { DirectoryStore, Storage } from "../../domain/ports/storage.ts";
import { audit } from "../audit.ts";
import { type Account, type AccountNotice, accountsOf, addAccount } from "./accounts.ts";
import { addHistory, versionsOf } from "./prompt-history.ts";
import { stableId } from "./stable-ids.ts";

export interface MovedTenant {
  readonly tenantId: string;
  readonly name: string;
  /** What was added; with a dry run, what would be. */
  readonly users: number;
  readonly prompts: number;
  readonly versions: number;
  /** Prompts in which there was nothing to add. */
  readonly unchanged: number;
}

export interface MoveReport {
  readonly tenants: readonly MovedTenant[];
  readonly notices: readonly AccountNotice[];
  readonly problems: readonly OriginalProblem[];
}

export interface MoveOptions {
  readonly original: OriginalLibrary;
  readonly call: CallContext;
  /** Finds out what would be done, and does nothing. */
  readonly dryRun: boolean;
  /** Stops between two prompts: the tenants before are in, and this one is not. */
  readonly signal: AbortSignal;
  /** Hears of each row that is done with. */
  readonly onRow: () => void;
  readonly onProblem: (problem: OriginalProblem) => void;
}

/** Undoes a tenant's transaction. */
class Undo extends Error {
  override readonly name = "Undo";
}

interface Progress {
  readonly options: MoveOptions;
  readonly notices: AccountNotice[];
  readonly problem: (problem: OriginalProblem) => void;
}

export type MovingInService = ReturnType<typeof createMovingInService>;

/**
 * Moves the original PromptForge's library in: tenant by tenant, each whole in one transaction or not at all. Ids are made
 * from the original's, so that moving in again adds what has come since and changes nothing else.
 */
export function createMovingInService({ storage }: { readonly storage: Storage }) {
  return {
    async moveIn(options: MoveOptions): Promise<MoveReport> {
      const { original, signal } = options;
      const problems: OriginalProblem[] = [];
      const problem = (found: OriginalProblem) => {
        problems.push(found);
        options.onProblem(found);
      };
      const progress: Progress = { options, notices: [], problem };
      const tenants: MovedTenant[] = [];
      const users = [...good(original.users(), progress)];
      for (const [originalTenant, members] of Map.groupBy(users, ({ tenantId }) => tenantId)) {
        if (signal.aborted) break;
        const moved = await moveTenant(storage, originalTenant, members, progress);
        if (moved !== undefined) tenants.push(moved);
      }
      for (const id of original.tenantsWithoutUsers()) {
        problem({
          table: "tenant",
          id,
          reason: "nobody belongs to it, so that nobody could reach its prompts",
        });
      }
      for (const id of original.strayVersions()) {
        problem({ table: "promptversion", id: String(id), reason: "its prompt is not there" });
      }
      return { tenants, notices: progress.notices, problems };
    },
  };
}

/** The rows that can be read; the others are told of. */
function* good<Row>(rows: Iterable<OriginalRow<Row>>, { options, problem }: Progress): Iterable<Row> {
  for (const found of rows) {
    options.onRow();
    if ("row" in found) yield found.row;
    else problem(found.problem);
  }
}

async function moveTenant(
  storage: Storage,
  originalTenant: string,
  users: readonly OriginalUser[],
  progress: Progress,
): Promise<MovedTenant | undefined> {
  let written: WrittenTenant | undefined;
  try {
    await storage.directory.write(async (store) => {
      written = await writeTenant(store, originalTenant, users, progress);
      if (progress.options.dryRun) throw new Undo();
    });
  } catch (error) {
    if (!(error instanceof Undo)) throw error;
  }
  progress.notices.push(...(written?.notices ?? []));
  return written?.moved;
}

interface WrittenTenant {
  readonly moved: MovedTenant;
  readonly notices: readonly AccountNotice[];
}

async function writeTenant(
  store: DirectoryStore,
  originalTenant: string,
  users: readonly OriginalUser[],
  progress: Progress,
): Promise<WrittenTenant> {
  const { call } = progress.options;
  const notices: AccountNotice[] = [];
  const tenantId = stableId("tenant", originalTenant);
  const accounts = accountsOf(originalTenant, users);
  const founder = accounts.find(({ role }) => role === "admin") ?? accounts[0];
  if (founder === undefined) throw new RangeError("A tenant has users");
  const name = founder.original.username;
  const isNew = !(await store.tenantIds()).includes(tenantId);
  if (isNew) await store.insertTenant({ id: tenantId, name, createdAt: call.at });

  let added = 0;
  for (const account of accounts) {
    const result = await addAccount(store, tenantId, account, call.at);
    notices.push(...result.notices);
    if (result.isNew) added += 1;
  }
  const counts = await writePrompts(store, { tenantId, originalTenant, accounts, founder }, progress);
  const moved = { tenantId, name, users: added, ...counts };
  if (isNew || added + counts.versions > 0) {
    const { users: members, prompts, versions } = moved;
    await audit(
      store.tenant(tenantId),
      { call },
      {
        target: { kind: "tenant", id: tenantId },
        details: { from: "promptforge", members, prompts, versions },
      },
    );
  }
  return { moved, notices };
}

interface Destination {
  readonly tenantId: string;
  readonly originalTenant: string;
  readonly accounts: readonly Account[];
  readonly founder: Account;
}

async function writePrompts(store: DirectoryStore, destination: Destination, progress: Progress) {
  const { tenantId, originalTenant, accounts, founder } = destination;
  const { original, signal, call } = progress.options;
  const authors = new Map(accounts.map((account) => [account.original.id, account.userId]));
  const counts = { prompts: 0, versions: 0, unchanged: 0 };
  for (const prompt of good(original.prompts(originalTenant), progress)) {
    if (signal.aborted) throw new Undo();
    const author = prompt.userId === undefined ? undefined : authors.get(prompt.userId);
    if (author === undefined) {
      progress.problem({
        table: "prompt",
        id: String(prompt.id),
        reason: `user ${prompt.userId ?? "(none)"} is not of its tenant: ${founder.original.username} is named as its author`,
      });
    }
    const { versions, problems } = versionsOf(prompt, [...good(original.versions(prompt.id), progress)], {
      promptId: stableId("prompt", originalTenant, prompt.id),
      authorId: author ?? founder.userId,
      createdAt: prompt.createdAt ?? call.at,
    });
    for (const problem of problems) progress.problem(problem);
    const [first, ...later] = versions;
    if (first === undefined) continue;
    const { added, isNew, diverged } = await addHistory(store.tenant(tenantId), [first, ...later]);
    if (diverged !== undefined) {
      progress.problem({
        table: "prompt",
        id: String(prompt.id),
        reason: `it has gone on here: its version ${diverged} is another one, so that nothing was added`,
      });
    }
    counts.prompts += isNew ? 1 : 0;
    counts.versions += added;
    counts.unchanged += added === 0 ? 1 : 0;
  }
  return counts;
}
