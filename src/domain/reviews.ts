import { z } from "zod";
import { AppError } from "./errors.ts";
import { NOT_TEXT, TEXT } from "./plain-text.ts";

export const REVIEW_STATUSES = ["pending", "approved", "changes_requested", "rejected"] as const;
export type ReviewStatus = (typeof REVIEW_STATUSES)[number];

export const DECISIONS = ["approve", "request_changes", "reject"] as const;
export type Decision = (typeof DECISIONS)[number];

/** Decisions on one version. Who has more to say says it of another version. */
export const MAX_DECISIONS = 100;

/** What a tenant demands of reviews. */
export interface ReviewPolicy {
  /** How many people have to approve a version. */
  readonly approvals: number;
  /** Whether a protected label may only point to an approved version, whoever moves it. */
  readonly protectedNeedApproval: boolean;
}
export const DEFAULT_REVIEW_POLICY: ReviewPolicy = { approvals: 1, protectedNeedApproval: false };

/** A version that was put before reviewers. */
export interface Review {
  readonly promptId: string;
  readonly version: number;
  readonly status: ReviewStatus;
  readonly note: string;
  readonly submittedById: string;
  readonly submittedAt: Date;
}

/** What one reviewer said of a version; of several by the same, the last one counts. */
export interface ReviewDecision {
  readonly promptId: string;
  readonly version: number;
  /** 1, 2, 3 … for each version. */
  readonly number: number;
  readonly decision: Decision;
  readonly comment: string;
  readonly reviewerId: string;
  readonly decidedAt: Date;
}

/** A decision with its reviewer's username. */
export interface MadeDecision extends ReviewDecision {
  readonly reviewer: string;
}

/** A review as the queue shows it, with names for people. */
export interface QueuedReview extends Review {
  readonly promptName: string;
  readonly title: string;
  /** Who made the version. */
  readonly author: string;
  readonly submittedBy: string;
}

/** Where decisions leave a version: one refusal outweighs every approval, until who said it says otherwise. */
export function statusAfter(
  decisions: readonly Pick<ReviewDecision, "reviewerId" | "decision">[],
  approvals: number,
): ReviewStatus {
  const last = [...new Map(decisions.map(({ reviewerId, decision }) => [reviewerId, decision])).values()];
  if (last.includes("reject")) return "rejected";
  if (last.includes("request_changes")) return "changes_requested";
  return last.length >= approvals ? "approved" : "pending";
}

/** Throws `forbidden` for who may not judge a version: its author, and an agent, whoever's key it holds. */
export function checkReviewer(reviewer: {
  readonly userId: string;
  readonly authorId: string;
  readonly isAgent: boolean;
}): void {
  if (reviewer.isAgent) {
    throw new AppError(
      "forbidden",
      "This key is an agent's: agents propose versions, people decide on them. Ask a reviewer.",
    );
  }
  if (reviewer.userId === reviewer.authorId) {
    throw new AppError(
      "forbidden",
      "You made this version: another person has to review it. list_reviews shows what waits for one.",
    );
  }
}

export const reviewNoteSchema = z
  .string()
  .trim()
  .max(2000)
  .regex(TEXT, NOT_TEXT)
  .describe("What reviewers should know");

export const decisionCommentSchema = z
  .string()
  .trim()
  .max(4000)
  .regex(TEXT, NOT_TEXT)
  .describe("Why; asked for unless you approve");

export const reviewStatusSchema = z.enum(REVIEW_STATUSES);

export const reviewSchema = z.object({
  id: z.string().describe("Id of the prompt"),
  name: z.string(),
  version: z.int(),
  title: z.string(),
  author: z.string().describe("Who made the version"),
  status: reviewStatusSchema,
  note: z.string(),
  submitted_by: z.string(),
  submitted_at: z.iso.datetime(),
  decisions: z.array(
    z.object({
      decision: z.enum(DECISIONS),
      comment: z.string(),
      reviewer: z.string(),
      decided_at: z.iso.datetime(),
    }),
  ),
});
export type ReviewView = z.infer<typeof reviewSchema>;

/** Each with those of the decisions that are on it, in their order. */
export function reviewViews(
  reviews: readonly QueuedReview[],
  decisions: readonly MadeDecision[],
): ReviewView[] {
  const made = Map.groupBy(decisions, ({ promptId, version }) => `${promptId}/${version}`);
  return reviews.map((review) => reviewView(review, made.get(`${review.promptId}/${review.version}`) ?? []));
}

export function reviewView(review: QueuedReview, decisions: readonly MadeDecision[]): ReviewView {
  return {
    id: review.promptId,
    name: review.promptName,
    version: review.version,
    title: review.title,
    author: review.author,
    status: review.status,
    note: review.note,
    submitted_by: review.submittedBy,
    submitted_at: review.submittedAt.toISOString(),
    decisions: decisions.map(({ decision, comment, reviewer, decidedAt }) => ({
      decision,
      comment,
      reviewer,
      decided_at: decidedAt.toISOString(),
    })),
  };
}
