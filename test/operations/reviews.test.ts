import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogue } from "../../src/operations/index.ts";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let admin: TestMember;
let author: TestMember;
let reviewer: TestMember;
let second: TestMember;
let serial = 0;

beforeAll(async () => {
  library = await openLibrary();
  admin = await library.found("admin");
  author = await library.join(admin, "author", "developer");
  reviewer = await library.join(admin, "reviewer", "reviewer");
  second = await library.join(admin, "second", "reviewer");
});
afterAll(() => library.close());

async function submitted(): Promise<string> {
  serial += 1;
  const name = `reviewed/p${serial}`;
  await author.call("create_prompt", { name, content: "Hello {{who}}" });
  await author.call("submit_for_review", { name });
  return name;
}

const decide = (
  who: TestMember,
  name: string,
  decision: string,
  version = 1,
  comment = "Because.",
): Promise<Answer> => who.call("review_prompt", { name, version, decision, comment });

describe("submit_for_review and review_prompt of a version that includes others", () => {
  it("warn of what can change without a review, and refuse nothing", async () => {
    await author.call("create_prompt", { name: "moving/part", content: "Part" });
    await author.call("create_prompt", { name: "moving/fixed", content: "{{> moving/part@1}}" });
    await author.call("create_prompt", { name: "moving/free", content: "{{> moving/part}}" });
    const included = async (content: string) => {
      const { name } = await author.call("create_prompt", { content });
      const submission = await author.call("submit_for_review", { name });
      const refusal = await decide(second, name, "request_changes");
      const approval = await decide(reviewer, name, "approve");
      expect(refusal.warnings).toEqual([]);
      expect(approval.warnings).toEqual(submission.warnings);
      return submission.warnings.map(({ code, names }: Answer) => [code, names]);
    };
    expect(await included("No include")).toEqual([]);
    expect(await included("{{> moving/fixed@1}}")).toEqual([]);
    expect(await included("{{> moving/free@1}} {{> moving/gone@production}}")).toEqual([
      ["movable_include", ["moving/gone@production"]],
    ]);
    expect(await included("{{> moving/free@1}} {{> moving/fixed@1}}")).toEqual([
      ["movable_include", ["moving/part@latest"]],
    ]);
  });
});

describe("submit_for_review", () => {
  it("puts the latest version in the queue, once", async () => {
    const name = await submitted();
    const again = await author.call("submit_for_review", { name, note: "Another note" });
    expect(again).toMatchObject({
      name,
      version: 1,
      status: "pending",
      note: "",
      author: "author",
      submitted_by: "author",
      decisions: [],
    });
    expect((await reviewer.call("list_reviews", { name })).items).toHaveLength(1);
  });

  it("is for those who write, and for a version that is there", async () => {
    const name = await submitted();
    await expect(reviewer.call("submit_for_review", { name })).rejects.toMatchObject({ code: "forbidden" });
    const missing = author.call("submit_for_review", { name, version: 2 });
    await expect(missing).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("review_prompt", () => {
  it("approves a version, with who said what", async () => {
    const name = await submitted();
    expect(await decide(reviewer, name, "approve")).toMatchObject({
      status: "approved",
      decisions: [{ decision: "approve", reviewer: "reviewer", comment: "Because." }],
    });
  });

  it("takes no judgement of one's own version, not even an admin's", async () => {
    await admin.call("create_prompt", { name: "reviewed/own", content: "Mine" });
    await admin.call("submit_for_review", { name: "reviewed/own" });
    await expect(decide(admin, "reviewed/own", "approve")).rejects.toMatchObject({ code: "forbidden" });
    await expect(decide(author, "reviewed/own", "approve")).rejects.toMatchObject({ code: "forbidden" });
  });

  it("takes no decision from an agent's key, whoever holds it", async () => {
    const name = await submitted();
    const { secret } = await reviewer.call("create_api_key", { name: "agent", agent: true });
    const operation = catalogue.find((candidate) => candidate.name === "review_prompt")!;
    const call = {
      authenticate: () => library.app.services.authentication.authenticate(secret),
      requestId: "test",
    };
    const input = { name, version: 1, decision: "approve" };
    const refused = library.app.run(operation, input, call);
    await expect(refused).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("agent"),
    });
  });

  it("asks for a comment unless it approves, and for a version that was submitted", async () => {
    const name = await submitted();
    const silent = reviewer.call("review_prompt", { name, version: 1, decision: "reject" });
    await expect(silent).rejects.toMatchObject({ code: "invalid_input" });
    await author.call("update_prompt", { name, content: "Hello again {{who}}" });
    await expect(decide(reviewer, name, "approve", 2)).rejects.toMatchObject({ code: "not_found" });
  });

  it("lets a refusal outweigh approvals until its reviewer says otherwise", async () => {
    const name = await submitted();
    await decide(second, name, "approve");
    expect(await decide(reviewer, name, "request_changes")).toMatchObject({ status: "changes_requested" });
    expect(await decide(second, name, "approve")).toMatchObject({ status: "changes_requested" });
    expect(await decide(reviewer, name, "approve")).toMatchObject({ status: "approved" });
    expect(await decide(reviewer, name, "reject")).toMatchObject({ status: "rejected" });
  });

  it("records each of many decisions made at once", async () => {
    const name = await submitted();
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        decide(n % 2 === 0 ? reviewer : second, name, "approve", 1, `${n}`),
      ),
    );
    const [review] = (await reviewer.call("list_reviews", { name })).items;
    expect(review.decisions).toHaveLength(50);
    expect(review.status).toBe("approved");
    expect(await admin.call("verify_audit_log")).toMatchObject({ intact: true });
  });

  it("changes nothing where the same reviewer says the same again", async () => {
    const name = await submitted();
    await decide(second, name, "approve");
    const once = await decide(reviewer, name, "approve");
    const told = async () => (await admin.call("get_audit_log", { operation: "review_prompt" })).items.length;
    const before = await told();
    expect(await decide(reviewer, name, "approve")).toEqual(once);
    expect(await told()).toBe(before);
    const again = await decide(reviewer, name, "approve", 1, "On second thought, still.");
    expect(again.decisions).toHaveLength(once.decisions.length + 1);
  });

  it("takes a hundred decisions on a version, and then asks for another version", async () => {
    const name = await submitted();
    for (let n = 0; n < 100; n++) await decide(reviewer, name, n % 2 === 0 ? "reject" : "approve");
    await expect(decide(reviewer, name, "reject")).rejects.toMatchObject({
      code: "conflict",
      details: { allowed: 100 },
    });
    await author.call("update_prompt", { name, content: "Another" });
    await author.call("submit_for_review", { name });
    await decide(reviewer, name, "reject", 2);
  });
});

describe("list_reviews", () => {
  it("gives the queue oldest first, page by page, by status, and without one's own", async () => {
    const host = await library.found("queue");
    const dev = await library.join(host, "queue-dev", "developer");
    for (const name of ["a", "b", "c"]) {
      await dev.call("create_prompt", { name, content: name });
      await dev.call("submit_for_review", { name });
    }
    await host.call("create_prompt", { name: "d", content: "d" });
    await host.call("submit_for_review", { name: "d" });
    await decide(host, "b", "approve");
    const namesOf = ({ items }: Answer) => items.map(({ name }: { name: string }) => name);
    expect(namesOf(await dev.call("list_reviews", { status: "pending" }))).toEqual(["a", "c", "d"]);
    expect(namesOf(await dev.call("list_reviews", { status: "approved" }))).toEqual(["b"]);
    expect(namesOf(await dev.call("list_reviews", { for_me: true }))).toEqual(["d"]);
    const first = await dev.call("list_reviews", { limit: 3 });
    const rest = await dev.call("list_reviews", { limit: 3, cursor: first.next_cursor });
    expect([...namesOf(first), ...namesOf(rest)]).toEqual(["a", "b", "c", "d"]);
    expect(rest.next_cursor).toBeNull();
    await decide(host, "c", "request_changes");
    await decide(host, "c", "reject");
    const told = (await dev.call("list_reviews", { limit: 3 })).items.map(({ decisions }: Answer) =>
      decisions.map(({ decision }: { decision: string }) => decision),
    );
    expect(told).toEqual([[], ["approve"], ["request_changes", "reject"]]);
    await dev.call("archive_prompt", { name: "a" });
    expect(namesOf(await dev.call("list_reviews", { status: "pending" }))).toEqual(["d"]);
  });
});

describe("set_review_policy", () => {
  const policy = (approvals: number, needed: boolean) => ({
    approvals,
    protected_labels_need_approval: needed,
  });

  it("demands as many people as it says", async () => {
    await admin.call("set_review_policy", policy(2, false));
    try {
      const name = await submitted();
      expect(await decide(reviewer, name, "approve")).toMatchObject({ status: "pending" });
      expect(await decide(reviewer, name, "approve")).toMatchObject({ status: "pending" });
      expect(await decide(second, name, "approve")).toMatchObject({ status: "approved" });
    } finally {
      await admin.call("set_review_policy", policy(1, false));
    }
  });

  it("is an admin's", async () => {
    const attempt = author.call("set_review_policy", policy(1, false));
    await expect(attempt).rejects.toMatchObject({ code: "forbidden" });
  });

  it("lets a protected label be moved to an approved version by who may write, and to another by an admin alone", async () => {
    const name = await submitted();
    const move = (who: TestMember) => who.call("set_label", { name, label: "production" });
    await expect(move(author)).rejects.toMatchObject({ code: "forbidden" });
    await decide(reviewer, name, "approve");
    expect(await move(author)).toMatchObject({ version: 1, changed: true });
    const removal = author.call("remove_label", { name, label: "production" });
    await expect(removal).rejects.toMatchObject({ code: "forbidden" });
    await author.call("update_prompt", { name, content: "Not approved" });
    await expect(move(author)).rejects.toMatchObject({ code: "forbidden" });
    expect(await move(admin)).toMatchObject({ version: 2 });
  });

  it("can demand an approved version of everybody, also for a rollback", async () => {
    const name = await submitted();
    await admin.call("set_label", { name, label: "production" });
    await author.call("update_prompt", { name, content: "Second" });
    await author.call("submit_for_review", { name });
    await decide(reviewer, name, "approve", 2);
    await admin.call("set_review_policy", policy(1, true));
    try {
      await author.call("update_prompt", { name, content: "Third" });
      const third = admin.call("set_label", { name, label: "production", version: 3 });
      await expect(third).rejects.toMatchObject({ code: "forbidden", details: { approved: false } });
      expect(await admin.call("set_label", { name, label: "production", version: 2 })).toMatchObject({
        version: 2,
      });
      const back = admin.call("rollback_label", { name, label: "production" });
      await expect(back).rejects.toMatchObject({ code: "forbidden" });
      expect(await admin.call("set_label", { name, label: "staging", version: 3 })).toMatchObject({
        version: 3,
      });
      expect(await admin.call("remove_label", { name, label: "production" })).toMatchObject({
        version: null,
      });
    } finally {
      await admin.call("set_review_policy", policy(1, false));
    }
  });
});
