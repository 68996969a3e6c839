import { auditEntryView } from "../domain/audit.ts";
import type { Caller } from "../domain/identity.ts";
import { labelMoveView } from "../domain/labels.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import { promptView, versionView } from "../domain/prompt.ts";
import { reviewViews } from "../domain/reviews.ts";
import { offReasonOf } from "../domain/webhooks.ts";
import { pageBudget } from "./page-budget.ts";

/** One line of an export: a kind, and what it holds. Times are ISO 8601. */
export type ExportRecord = Readonly<Record<string, unknown>> & { readonly kind: string };

/** Where an export stands: what comes next, and after which row of it. */
interface Position {
  readonly stage: (typeof STAGES)[number];
  readonly number: number;
  readonly id: string;
}
interface Part {
  readonly items: ExportRecord[];
  /** `undefined`: the stage is through. */
  readonly next: Position | undefined;
}

const STAGES = [
  "members",
  "invitations",
  "keys",
  "webhooks",
  "prompts",
  "label_moves",
  "reviews",
  "audit",
] as const;
const AT_ONCE = 200;
const VERSIONS_AT_ONCE = 8;

export type TenantExportService = ReturnType<typeof createTenantExportService>;

/** All that a tenant has, page by page, so that memory is bounded however much there is. Never a secret, nor the hash of one. */
export function createTenantExportService({
  storage,
  cursors,
}: {
  readonly storage: Storage;
  readonly cursors: Cursors;
}) {
  return {
    /** The last page ends with a record of the kind `end`: without it an export is not whole. */
    async page(
      caller: Caller,
      cursor?: string,
    ): Promise<{ items: ExportRecord[]; next_cursor: string | null }> {
      const scope = { tenantId: caller.tenantId, query: { operation: "export_tenant" } };
      const at = cursor === undefined ? undefined : positionOf(cursors.open(scope, cursor));
      const from = at ?? startOf("members");
      const { items, next } = await storage
        .tenant(caller.tenantId)
        .read((store) => PARTS[from.stage](store, from));
      if (at === undefined) items.unshift({ kind: "tenant", id: caller.tenantId, name: caller.tenantName });
      const onwards = next ?? startOf(STAGES[STAGES.indexOf(from.stage) + 1]);
      if (onwards === undefined) return { items: [...items, { kind: "end" }], next_cursor: null };
      const { stage, number, id } = onwards;
      return { items, next_cursor: cursors.seal(scope, { key: `${stage}:${number}`, id }) };
    },
  };
}

const PARTS: Readonly<Record<Position["stage"], (store: TenantStore, from: Position) => Promise<Part>>> = {
  async members({ members }, { id }) {
    const rows = await members.list({ limit: AT_ONCE, after: id === "" ? undefined : id });
    const items = rows.map(({ userId, username, role, joinedAt }) => ({
      kind: "member",
      ...{ user_id: userId, username, role, joined_at: joinedAt.toISOString() },
    }));
    return { items, next: more(rows, "members", (last) => ({ number: 0, id: last.username })) };
  },

  async invitations({ invitations }, { id, number }) {
    const after = id === "" ? undefined : { id, createdAt: new Date(number) };
    const rows = await invitations.listOpen(new Date(), { limit: AT_ONCE, after });
    const items = rows.map((row) => ({
      kind: "invitation",
      ...{ id: row.id, role: row.role, email: row.email ?? null, inviter: row.inviter },
      expires_at: row.expiresAt.toISOString(),
    }));
    return {
      items,
      next: more(rows, "invitations", (last) => ({ number: last.createdAt.getTime(), id: last.id })),
    };
  },

  async keys({ keys }, { id, number }) {
    const after = id === "" ? undefined : { id, createdAt: new Date(number) };
    const rows = await keys.listAll({ limit: AT_ONCE, after });
    const items = rows.map((key) => ({
      kind: "api_key",
      ...{ id: key.id, user_id: key.userId, name: key.name, prefix: key.prefix, role: key.ceiling },
      ...{ scopes: key.scopes ?? null, agent: key.agent, made_by: key.madeBy ?? null },
      created_at: key.createdAt.toISOString(),
      expires_at: key.expiresAt?.toISOString() ?? null,
      last_used_at: key.lastUsedAt?.toISOString() ?? null,
    }));
    return { items, next: more(rows, "keys", (last) => ({ number: last.createdAt.getTime(), id: last.id })) };
  },

  async webhooks({ webhooks }, { id, number }) {
    const after = id === "" ? undefined : { id, createdAt: new Date(number) };
    const rows = await webhooks.list(new Date(), { limit: AT_ONCE, after });
    const items = rows.map((row) => ({
      kind: "webhook",
      ...{ id: row.id, url: row.url, description: row.description, events: row.events ?? null },
      ...{ label: row.label ?? null, folder: row.folder ?? null, active: offReasonOf(row) === undefined },
      ...{ created_by: row.createdBy, created_at: row.createdAt.toISOString() },
    }));
    return {
      items,
      next: more(rows, "webhooks", (last) => ({ number: last.createdAt.getTime(), id: last.id })),
    };
  },

  /** Each prompt, and after it its versions, newest first; `number` is the last version that was given, 0 where all were. */
  async prompts({ prompts, versions }, { id, number }) {
    const items: ExportRecord[] = [];
    const budget = pageBudget();
    let [promptId, before] = [id, number];
    for (;;) {
      if (before === 0) {
        const [prompt] = await prompts.all({ limit: 1, after: promptId });
        if (prompt === undefined) return { items, next: undefined };
        items.push({ kind: "prompt", ...promptView(prompt) });
        [promptId, before] = [prompt.id, prompt.latestVersion + 1];
      }
      const rows = await versions.list(promptId, { limit: VERSIONS_AT_ONCE, before });
      for (const version of rows) {
        if (!budget.takes(version.content) || items.length >= AT_ONCE) {
          return { items, next: { stage: "prompts", id: promptId, number: before } };
        }
        items.push({ kind: "version", prompt_id: promptId, ...versionView(version, {}) });
        before = version.number;
      }
      // Not when the first is reached: the versions of a prompt that moved in may begin later, and have gaps.
      if (rows.length < VERSIONS_AT_ONCE) before = 0;
    }
  },

  async label_moves({ labels }, { id, number }) {
    const [promptId = "", label = ""] = id.split("/");
    const rows = await labels.allMoves({
      limit: AT_ONCE,
      after: id === "" ? undefined : { promptId, label, number },
    });
    const items = rows.map((move) => {
      const { kind, ...view } = labelMoveView(move);
      return { kind: "label_move", prompt_id: move.promptId, label: move.label, move: kind, ...view };
    });
    return {
      items,
      next: more(rows, "label_moves", (last) => ({
        number: last.number,
        id: `${last.promptId}/${last.label}`,
      })),
    };
  },

  /** Each with what reviewers said. */
  async reviews({ reviews }, { id, number }) {
    const [promptId = "", version] = id.split("/");
    const after =
      id === "" ? undefined : { submittedAt: new Date(number), promptId, version: Number(version) };
    const rows = await reviews.list({ withArchived: true }, { limit: AT_ONCE, after });
    const views = reviewViews(rows, await reviews.decisionsOn(rows));
    const items = views.map((view) => ({ kind: "review", ...view }));
    return {
      items,
      next: more(rows, "reviews", (last) => ({
        number: last.submittedAt.getTime(),
        id: `${last.promptId}/${last.version}`,
      })),
    };
  },

  async audit({ audit }, { number }) {
    const rows = await audit.read({ limit: AT_ONCE, after: number });
    const items = rows.map((row) => ({ kind: "audit", ...auditEntryView({ ...row, username: undefined }) }));
    return { items, next: more(rows, "audit", (last) => ({ number: last.number, id: String(last.number) })) };
  },
};

/** Where the next page of a stage begins; `undefined` after the last. */
function more<Row>(
  rows: readonly Row[],
  stage: Position["stage"],
  after: (last: Row) => Omit<Position, "stage">,
): Position | undefined {
  const last = rows.at(-1);
  return rows.length < AT_ONCE || last === undefined ? undefined : { stage, ...after(last) };
}

function startOf(stage: Position["stage"]): Position;
function startOf(stage: Position["stage"] | undefined): Position | undefined;
function startOf(stage: Position["stage"] | undefined): Position | undefined {
  return stage && { stage, number: 0, id: "" };
}

function positionOf({ key, id }: { readonly key: string | number; readonly id: string }): Position {
  const [name, number] = String(key).split(":");
  return { stage: STAGES.find((stage) => stage === name) ?? "members", number: Number(number), id };
}
