import { expect, it } from "vitest";
import { DEFAULT_REVIEW_POLICY, type Review, type ReviewDecision } from "../../src/domain/reviews.ts";
import { archive, at, type Founded, found, type OpenStorage, store, versionOf } from "./fixtures.ts";

function review(author: Founded, promptId: string, fields: Partial<Review> = {}): Review {
  return {
    promptId,
    version: 1,
    status: "pending",
    note: "a note",
    submittedById: author.userId,
    submittedAt: at(1),
    ...fields,
  };
}

export function reviewContract(open: OpenStorage): void {
  it("keep what was submitted and decided, with the names of who did", async () => {
    const storage = await open();
    const ann = await found(storage, "ann");
    const prompt = await store(storage, ann, { title: "Title" });
    const tenant = storage.tenant(ann.tenantId);
    const decision: ReviewDecision = {
      promptId: prompt.id,
      version: 1,
      number: 1,
      decision: "approve",
      comment: "good",
      reviewerId: ann.userId,
      decidedAt: at(2),
    };
    await tenant.write(async ({ reviews, versions }) => {
      await versions.insert(versionOf(prompt, { number: 2 }));
      await reviews.insert(review(ann, prompt.id));
      await reviews.insert(review(ann, prompt.id, { version: 2 }));
      await reviews.addDecision(decision);
      await reviews.setStatus(prompt.id, 1, "approved");
    });
    await tenant.read(async ({ reviews }) => {
      expect(await reviews.find(prompt.id, 1)).toMatchObject({
        status: "approved",
        promptName: prompt.name,
        author: "ann",
        submittedBy: "ann",
      });
      expect(await reviews.find(prompt.id, 2)).toMatchObject({ status: "pending" });
      expect(await reviews.find(prompt.id, 3)).toBeUndefined();
      expect(await reviews.decisionsOn([{ promptId: prompt.id, version: 1 }])).toEqual([
        { ...decision, reviewer: "ann" },
      ]);
      expect(await reviews.decisionsOn([{ promptId: prompt.id, version: 2 }])).toEqual([]);
    });
  });

  it("list the queue oldest first, page by page, by every filter", async () => {
    const storage = await open();
    const ann = await found(storage, "ann");
    const [one, two, put] = [await store(storage, ann), await store(storage, ann), await store(storage, ann)];
    const tenant = storage.tenant(ann.tenantId);
    await tenant.write(async ({ reviews }) => {
      await reviews.insert(review(ann, two.id, { submittedAt: at(1) }));
      await reviews.insert(review(ann, one.id, { submittedAt: at(2), status: "approved" }));
      await reviews.insert(review(ann, put.id, { submittedAt: at(3) }));
    });
    await archive(storage, ann.tenantId, put);
    await tenant.read(async ({ reviews }) => {
      const idsOf = async (filter: Parameters<typeof reviews.list>[0]) =>
        (await reviews.list(filter, { limit: 9 })).map(({ promptId }) => promptId);
      expect(await idsOf({})).toEqual([two.id, one.id]);
      expect(await idsOf({ withArchived: true })).toEqual([two.id, one.id, put.id]);
      expect(await idsOf({ status: "approved" })).toEqual([one.id]);
      expect(await idsOf({ promptId: two.id })).toEqual([two.id]);
      expect(await idsOf({ notBy: ann.userId })).toEqual([]);
      const [first] = await reviews.list({}, { limit: 1 });
      expect(await reviews.list({}, { limit: 9, after: first })).toMatchObject([{ promptId: one.id }]);
    });
  });

  it("have a policy for each tenant", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage, "ann"), await found(storage, "bob")];
    const policy = { approvals: 3, protectedNeedApproval: true };
    await storage.tenant(ann.tenantId).write(({ reviews }) => reviews.setPolicy(policy));
    const policyOf = ({ tenantId }: Founded) =>
      storage.tenant(tenantId).read(({ reviews }) => reviews.policy());
    expect(await policyOf(ann)).toEqual(policy);
    expect(await policyOf(bob)).toEqual(DEFAULT_REVIEW_POLICY);
  });
}
