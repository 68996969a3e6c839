import { AppError } from "../domain/errors.ts";
import type { Actor, Caller } from "../domain/identity.ts";
import type { ReviewFilter } from "../domain/ports/reviews.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import {
  checkReviewer,
  type Decision,
  MAX_DECISIONS,
  type ReviewPolicy,
  type ReviewStatus,
  type ReviewView,
  reviewView,
  reviewViews,
  statusAfter,
} from "../domain/reviews.ts";
import { audit } from "./audit.ts";
import type { TenantEvents } from "./events.ts";
import { refuseArchived, requirePrompt, requireVersion } from "./lookup.ts";
import { type Page, type PageRequest, pageOf } from "./page.ts";

export type ReviewService = ReturnType<typeof createReviewService>;

/** Approval of versions by other people than their authors. */
export function createReviewService(deps: {
  readonly storage: Storage;
  readonly cursors: Cursors;
  readonly events: TenantEvents;
  readonly now: () => Date;
}) {
  const { storage, cursors, events, now } = deps;

  return {
    /** Puts a version before reviewers, the latest when none is named. One that waits or was decided on stays as it is. */
    async submit(
      caller: Actor,
      { ref, version, note = "" }: { ref: string; version?: number | undefined; note?: string | undefined },
    ): Promise<ReviewView> {
      const { review, isNew } = await storage.tenant(caller.tenantId).write(async (store) => {
        const prompt = await requirePrompt(store, ref);
        refuseArchived(prompt, "submit the version");
        const { number } = await requireVersion(store, prompt.id, version ?? prompt.latestVersion);
        const there = await viewOf(store, prompt.id, number);
        if (there !== undefined) return { review: there, isNew: false };
        await store.reviews.insert({
          promptId: prompt.id,
          version: number,
          status: "pending",
          note,
          submittedById: caller.userId,
          submittedAt: now(),
        });
        await audit(store, caller, {
          target: { kind: "prompt", id: prompt.id, name: prompt.name },
          details: { version: number },
          event: { type: "review.submitted", version: number },
        });
        return { review: await requireReview(store, prompt.id, number), isNew: true };
      });
      if (isNew) tell(caller, review);
      return review;
    },

    /**
     * What the same reviewer has said already, in the same words, changes nothing. Throws `forbidden` for the version's author and
     * for an agent's key, `not_found` for what nobody submitted, `conflict` where as much was decided as a version can take.
     */
    async decide(
      caller: Actor,
      given: { ref: string; version: number; decision: Decision; comment?: string | undefined },
    ): Promise<ReviewView> {
      const { decision, version: number, comment = "" } = given;
      if (decision !== "approve" && comment === "") {
        throw new AppError("invalid_input", "Say in `comment` why: the author has to know what to change.");
      }
      const { review, isNew } = await storage.tenant(caller.tenantId).write(async (store) => {
        const { id: promptId, name } = await requirePrompt(store, given.ref);
        const { authorId } = await requireVersion(store, promptId, number);
        const there = await requireReview(store, promptId, number);
        checkReviewer({ userId: caller.userId, authorId, isAgent: caller.key?.agent === true });
        const earlier = await store.reviews.decisionsOn([{ promptId, version: number }]);
        const { approvals } = await store.reviews.policy();
        const last = earlier.findLast(({ reviewerId }) => reviewerId === caller.userId);
        const isSaid = last?.decision === decision && last.comment === comment;
        // Said again, it counts by the policy as it is now.
        if (isSaid && statusAfter(earlier, approvals) === there.status)
          return { review: there, isNew: false };
        if (earlier.length >= MAX_DECISIONS) throw tooManyDecisions();
        const made = {
          promptId,
          version: number,
          number: earlier.length + 1,
          decision,
          comment,
          reviewerId: caller.userId,
          decidedAt: now(),
        };
        const status = statusAfter([...earlier, made], approvals);
        await store.reviews.addDecision(made);
        if (status !== there.status) await store.reviews.setStatus(promptId, number, status);
        await audit(store, caller, {
          target: { kind: "prompt", id: promptId, name },
          details: { version: number, decision, status },
          event: { type: "review.decided", version: number, decision, status },
        });
        return { review: await requireReview(store, promptId, number), isNew: true };
      });
      if (isNew) tell(caller, review);
      return review;
    },

    /** The queue, oldest first. */
    list(
      caller: Caller,
      query: PageRequest & {
        readonly ref?: string | undefined;
        readonly status?: ReviewStatus | undefined;
        readonly forMe?: boolean | undefined;
      },
    ): Promise<Page<ReviewView>> {
      const { ref, status, forMe, ...request } = query;
      return storage.tenant(caller.tenantId).read(async (store) => {
        const promptId = ref === undefined ? undefined : (await requirePrompt(store, ref)).id;
        const filter: ReviewFilter = { status, promptId, notBy: forMe ? caller.userId : undefined };
        const scope = { tenantId: caller.tenantId, query: { operation: "list_reviews", ...filter } };
        const page = await pageOf(request, {
          cursors,
          scope,
          read: (limit, after) => store.reviews.list(filter, { limit, after: after && positionIn(after) }),
          positionOf: ({ submittedAt, promptId, version }) => ({
            key: submittedAt.getTime(),
            id: `${promptId}/${version}`,
          }),
        });
        return { ...page, items: reviewViews(page.items, await store.reviews.decisionsOn(page.items)) };
      });
    },

    /** Counts from the next decision on: what was approved stays approved. */
    async setPolicy(caller: Actor, policy: ReviewPolicy): Promise<ReviewPolicy> {
      await storage.tenant(caller.tenantId).write(async (store) => {
        await store.reviews.setPolicy(policy);
        await audit(store, caller, {
          target: { kind: "tenant", id: caller.tenantId },
          details: {
            approvals: policy.approvals,
            protected_labels_need_approval: policy.protectedNeedApproval,
          },
        });
      });
      return policy;
    },
  };

  function tell(caller: Caller, { name, version }: ReviewView): void {
    events.publish(caller.tenantId, { kind: "reviewed", name, version });
  }
}

function positionIn({ key, id }: { readonly key: string | number; readonly id: string }) {
  const [promptId = "", version] = id.split("/");
  return { submittedAt: new Date(Number(key)), promptId, version: Number(version) };
}

async function viewOf(
  store: TenantStore,
  promptId: string,
  version: number,
): Promise<ReviewView | undefined> {
  const review = await store.reviews.find(promptId, version);
  return review && reviewView(review, await store.reviews.decisionsOn([review]));
}

async function requireReview(store: TenantStore, promptId: string, version: number): Promise<ReviewView> {
  const review = await viewOf(store, promptId, version);
  if (review !== undefined) return review;
  throw new AppError(
    "not_found",
    "This version has not been submitted for review. Its author can with submit_for_review.",
  );
}

function tooManyDecisions(): AppError {
  return new AppError(
    "conflict",
    `${MAX_DECISIONS} decisions were made on this version, which is as many as one takes. Make a new version, and put that before reviewers.`,
    { allowed: MAX_DECISIONS },
  );
}
