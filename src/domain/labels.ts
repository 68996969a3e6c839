import { z } from "zod";
import { AppError } from "./errors.ts";
import { LINE, NOT_A_LINE } from "./plain-text.ts";
import type { ReviewPolicy } from "./reviews.ts";
import type { Permission } from "./roles.ts";

/** Labels that a new tenant protects. */
export const DEFAULT_PROTECTED_LABELS: readonly string[] = ["production"];
/** More protected labels than this protect nothing that anyone remembers. */
export const MAX_PROTECTED_LABELS = 20;

/** Labels of one prompt. */
export const MAX_LABELS = 100;

/** Where a label of a prompt points to. */
export interface Label {
  readonly promptId: string;
  readonly label: string;
  readonly version: number;
  /** Number of the move that set it where it is. */
  readonly move: number;
  readonly updatedById: string;
  readonly updatedAt: Date;
}

export const LABEL_MOVE_KINDS = ["set", "rollback", "remove"] as const;
export type LabelMoveKind = (typeof LABEL_MOVE_KINDS)[number];

/** Who moved a label from where to where, when, and why. */
export interface LabelMove {
  readonly promptId: string;
  readonly label: string;
  /** 1, 2, 3 … for each prompt and label. */
  readonly number: number;
  readonly kind: LabelMoveKind;
  /** `undefined`: there was no such label. */
  readonly fromVersion: number | undefined;
  /** `undefined`: there is none any more. */
  readonly toVersion: number | undefined;
  /** Of a `set`: the move that had set the label before, where a rollback leads to. */
  readonly previous: number | undefined;
  readonly reason: string;
  readonly movedById: string;
  /** Username. */
  readonly movedBy: string;
  readonly movedAt: Date;
}

export const reasonSchema = z
  .string()
  .trim()
  .max(500)
  .regex(LINE, NOT_A_LINE)
  .describe("Why, for the label's history");

/**
 * Whether somebody may set, move or remove a label. The one place where that is decided. Throws `forbidden`: a protected
 * label is moved by an admin, or by anybody who may write to a version that other people approved; where the tenant
 * demands it, to such a version alone. Only an admin removes one.
 */
export function checkLabelMove(move: {
  readonly label: string;
  readonly protectedLabels: readonly string[];
  readonly permissions: ReadonlySet<Permission>;
  /** Whether the version that it is to point to was approved; `undefined` where the label is removed. */
  readonly approved: boolean | undefined;
  readonly policy: Pick<ReviewPolicy, "protectedNeedApproval">;
}): void {
  if (!move.protectedLabels.includes(move.label) || move.approved === true) return;
  if (move.approved === false && move.policy.protectedNeedApproval) {
    throw new AppError(
      "forbidden",
      "This label is protected in your tenant, and points to approved versions only. Put the version before reviewers with submit_for_review.",
      { protected: true, approved: false },
    );
  }
  if (move.permissions.has("tenant:admin")) return;
  throw new AppError(
    "forbidden",
    "This label is protected in your tenant: only an admin may remove it, or move it to a version that is not approved. " +
      "Put the version before reviewers with submit_for_review, ask an admin, or use another label (list_labels).",
    { protected: true },
  );
}

/**
 * Before what reads a prompt by its name and a label may lose it: whoever may not remove a protected label may not take the
 * prompt away from under it either. Throws `forbidden`.
 * @param what Completes "only an admin may".
 */
export function checkUnprotected(
  prompt: {
    readonly labels: Readonly<Record<string, unknown>>;
    readonly protectedLabels: readonly string[];
    readonly permissions: ReadonlySet<Permission>;
  },
  what: string,
): void {
  const inUse = prompt.protectedLabels.filter((label) => Object.hasOwn(prompt.labels, label));
  if (inUse.length === 0 || prompt.permissions.has("tenant:admin")) return;
  throw new AppError(
    "forbidden",
    `The prompt has a label that is protected in your tenant: only an admin may ${what}. Ask an admin, or leave it as it is.`,
    { protected: true, labels: inUse },
  );
}

/** Throws `precondition_failed` when a label points elsewhere than its mover believes; `null`: there should be none. */
export function checkExpected(label: Label | undefined, expected: number | null | undefined): void {
  const version = label?.version ?? null;
  if (expected === undefined || expected === version) return;
  throw new AppError(
    "precondition_failed",
    version === null
      ? "The prompt has no such label by now. Read it again with get_prompt, then repeat the change."
      : `The label points to version ${version} by now. Read it again with get_prompt, then repeat the change.`,
    { version, expected_version: expected },
  );
}

/** What became of a label. */
export const labelChangeSchema = z.object({
  id: z.string(),
  name: z.string(),
  label: z.string(),
  version: z.int().nullable().describe("Where it points to now; null: nowhere"),
  previous_version: z.int().nullable(),
  changed: z.boolean(),
});
export type LabelChange = z.infer<typeof labelChangeSchema>;

export const labelMoveSchema = z.object({
  number: z.int(),
  kind: z.enum(LABEL_MOVE_KINDS),
  from_version: z.int().nullable(),
  to_version: z.int().nullable(),
  reason: z.string(),
  moved_by: z.string(),
  moved_at: z.iso.datetime(),
});
export type LabelMoveView = z.infer<typeof labelMoveSchema>;

export function labelMoveView(move: LabelMove): LabelMoveView {
  return {
    number: move.number,
    kind: move.kind,
    from_version: move.fromVersion ?? null,
    to_version: move.toVersion ?? null,
    reason: move.reason,
    moved_by: move.movedBy,
    moved_at: move.movedAt.toISOString(),
  };
}
