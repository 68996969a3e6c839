import type {
  MadeDecision,
  QueuedReview,
  Review,
  ReviewDecision,
  ReviewPolicy,
  ReviewStatus,
} from "../reviews.ts";

export interface ReviewFilter {
  readonly status?: ReviewStatus | undefined;
  readonly promptId?: string | undefined;
  /** Also those of archived prompts. */
  readonly withArchived?: boolean | undefined;
  /** Only versions that this user did not make. */
  readonly notBy?: string | undefined;
}

/** The versions that were put before reviewers, and what these said. */
export interface ReviewStore {
  insert(review: Review): Promise<void>;
  setStatus(promptId: string, version: number, status: ReviewStatus): Promise<void>;
  find(promptId: string, version: number): Promise<QueuedReview | undefined>;
  /** Oldest first; `after` is the last row of the page before. */
  list(
    filter: ReviewFilter,
    page: {
      readonly limit: number;
      readonly after?:
        | { readonly submittedAt: Date; readonly promptId: string; readonly version: number }
        | undefined;
    },
  ): Promise<QueuedReview[]>;
  addDecision(decision: ReviewDecision): Promise<void>;
  /** Those on any of these versions, each version's in the order in which they were made. */
  decisionsOn(versions: readonly Pick<Review, "promptId" | "version">[]): Promise<MadeDecision[]>;
  policy(): Promise<ReviewPolicy>;
  setPolicy(policy: ReviewPolicy): Promise<void>;
}
