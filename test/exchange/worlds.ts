import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { FORMAT_NAMES, type FormatName } from "../../src/exchange/formats/format.ts";
import type { Library, TestMember } from "../support/library.ts";

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** An empty tenant for somebody who has an account: made in the storage, since nobody may found so many. */
export async function newTenant(library: Library, { caller }: TestMember): Promise<TestMember> {
  const id = randomUUID();
  await library.app.storage.directory.write(async (store) => {
    await store.insertTenant({ id, name: id, createdAt: new Date() });
    await store.insertMember(id, caller.userId, "admin");
  });
  return library.as({ ...caller, tenantId: id, tenantName: id });
}

/** All that a member's tenant gives in a format, over as many pages as it takes. */
export async function exportAll(member: TestMember, input: Record<string, unknown>) {
  const files = new Map<string, string>();
  const losses: { kind: string; names: string[] }[] = [];
  let versions = 0;
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await member.call("export_prompts", { ...input, ...(cursor ? { cursor } : {}) });
    for (const { path, text } of page.files) files.set(path, (files.get(path) ?? "") + text);
    losses.push(...page.losses);
    versions += page.versions;
    cursor = page.next_cursor;
  }
  return { files: [...files].map(([path, text]) => ({ path, text })), losses, versions };
}

/** Imports files of which none may fail. */
export async function importAll(
  member: TestMember,
  files: readonly TextFile[],
  input: Record<string, unknown> = {},
) {
  const report = await member.call("import_prompts", { files, ...input });
  expect(report.items.filter(({ outcome }: { outcome: string }) => outcome === "failed")).toEqual([]);
  return report;
}

/** Which formats hold all versions of a prompt. */
export const HISTORIES: readonly FormatName[] = ["jsonl", "langfuse"];
export { FORMAT_NAMES };
