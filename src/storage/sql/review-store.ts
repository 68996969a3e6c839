import { and, asc, eq, getTableColumns, isNull, ne, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { ReviewStore } from "../../domain/ports/reviews.ts";
import { DEFAULT_REVIEW_POLICY } from "../../domain/reviews.ts";
import type { SqlConnection } from "./connection.ts";
import { prompts, reviewDecisions, reviews, tenants, users, versions } from "./schema.ts";

const author = alias(users, "author");
const submitter = alias(users, "submitter");

/** Prepares the statements of a connection once; gives the reviews of any tenant. */
export function reviewStores({ db, dialect }: SqlConnection): (tenantId: string) => ReviewStore {
  const select = (condition: SQL | undefined) =>
    db
      .select({
        promptId: reviews.promptId,
        version: reviews.version,
        status: reviews.status,
        note: reviews.note,
        submittedById: reviews.submittedById,
        submittedAt: reviews.submittedAt,
        promptName: prompts.name,
        title: versions.title,
        author: author.username,
        submittedBy: submitter.username,
      })
      .from(reviews)
      .innerJoin(prompts, and(eq(prompts.tenantId, reviews.tenantId), eq(prompts.id, reviews.promptId)))
      .innerJoin(
        versions,
        and(
          eq(versions.tenantId, reviews.tenantId),
          eq(versions.promptId, reviews.promptId),
          eq(versions.number, reviews.version),
        ),
      )
      .innerJoin(author, eq(author.id, versions.authorId))
      .innerJoin(submitter, eq(submitter.id, reviews.submittedById))
      .where(condition);

  const { tenantId: _tenant, ...decisionColumns } = getTableColumns(reviewDecisions);
  // A cross join, which SQLite does not turn round: from the few asked for to their rows.
  const decisionsByRefs = db
    .select({ ...decisionColumns, reviewer: users.username })
    .from(sql`${dialect.arrays(sql.placeholder("refs"))} as ref`)
    .crossJoin(reviewDecisions)
    .innerJoin(users, eq(users.id, reviewDecisions.reviewerId))
    .where(
      and(
        eq(reviewDecisions.tenantId, sql.placeholder("tenantId")),
        sql`${reviewDecisions.promptId} = ref.value ->> 0`,
        sql`${reviewDecisions.version} = cast(ref.value ->> 1 as integer)`,
      ),
    )
    .orderBy(asc(reviewDecisions.number))
    .prepare();

  return (tenantId) => {
    const ofVersion = (promptId: string, version: number) =>
      and(eq(reviews.tenantId, tenantId), eq(reviews.promptId, promptId), eq(reviews.version, version));
    return {
      async insert(review) {
        await db
          .insert(reviews)
          .values({ tenantId, ...review })
          .run();
      },
      async setStatus(promptId, version, status) {
        await db.update(reviews).set({ status }).where(ofVersion(promptId, version)).run();
      },
      async find(promptId, version) {
        return await select(ofVersion(promptId, version)).get();
      },
      async list({ status, promptId, withArchived, notBy }, { limit, after }) {
        const { submittedAt, version } = reviews;
        return await select(
          and(
            eq(reviews.tenantId, tenantId),
            withArchived ? undefined : isNull(prompts.archivedAt),
            status === undefined ? undefined : eq(reviews.status, status),
            promptId === undefined ? undefined : eq(reviews.promptId, promptId),
            notBy === undefined ? undefined : ne(versions.authorId, notBy),
            after === undefined
              ? undefined
              : sql`(${submittedAt}, ${reviews.promptId}, ${version}) > (${after.submittedAt.getTime()}, ${after.promptId}, ${after.version})`,
          ),
        )
          .orderBy(asc(submittedAt), asc(reviews.promptId), asc(version))
          .limit(limit)
          .all();
      },
      async addDecision(decision) {
        await db
          .insert(reviewDecisions)
          .values({ tenantId, ...decision })
          .run();
      },
      async decisionsOn(versions) {
        const refs = JSON.stringify(versions.map(({ promptId, version }) => [promptId, version]));
        return await decisionsByRefs.all({ tenantId, refs });
      },
      async policy() {
        const policy = await db
          .select({ approvals: tenants.approvals, protectedNeedApproval: tenants.protectedNeedApproval })
          .from(tenants)
          .where(eq(tenants.id, tenantId))
          .get();
        return policy ?? DEFAULT_REVIEW_POLICY;
      },
      async setPolicy(policy) {
        await db.update(tenants).set(policy).where(eq(tenants.id, tenantId)).run();
      },
    };
  };
}
