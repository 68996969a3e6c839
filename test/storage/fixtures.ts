import { randomUUID } from "node:crypto";
import type { ApiKey, User } from "../../src/domain/identity.ts";
import type { OutboxEntry } from "../../src/domain/ports/outbox.ts";
import type { PromptRecord, Storage } from "../../src/domain/ports/storage.ts";
import type { Version } from "../../src/domain/prompt.ts";
import type { Role } from "../../src/domain/roles.ts";

/** Opens an empty storage for one test; what it made goes when the test ends. */
export type OpenStorage = () => Promise<Storage>;

export interface Founded {
  readonly tenantId: string;
  readonly userId: string;
  readonly username: string;
}

let serial = 0;

/** Text that no other fixture has. */
export function unique(stem: string): string {
  serial += 1;
  return `${stem}${serial}`;
}

/** A new tenant with one admin. */
export async function found(storage: Storage, username = unique("user")): Promise<Founded> {
  const tenantId = randomUUID();
  const user = newUser(username);
  await storage.directory.write(async (directory) => {
    await directory.insertTenant({ id: tenantId, name: `${username}'s tenant`, createdAt: at(0) });
    await directory.insertUser(user);
    await directory.insertMember(tenantId, user.id, "admin");
  });
  return { tenantId, userId: user.id, username };
}

/** Somebody new in a tenant that exists. */
export async function join(storage: Storage, tenantId: string, role: Role): Promise<Founded> {
  const user = newUser(unique("user"));
  await storage.directory.write(async (directory) => {
    await directory.insertUser(user);
    await directory.insertMember(tenantId, user.id, role);
  });
  return { tenantId, userId: user.id, username: user.username };
}

export function newUser(username: string): User {
  return { id: randomUUID(), username, passwordHash: "a hash", createdAt: at(0) };
}

/** A time, some milliseconds after a fixed one. */
export function at(ms: number): Date {
  return new Date(1_700_000_000_000 + ms);
}

export type { PromptRecord };
export type VersionRecord = Omit<Version, "author">;

export function newPrompt(author: Pick<Founded, "userId">, fields: Partial<PromptRecord> = {}): PromptRecord {
  return {
    id: randomUUID(),
    name: unique("folder/prompt-"),
    title: "A title",
    description: "",
    tags: [],
    arguments: [],
    latestVersion: 1,
    authorId: author.userId,
    createdAt: at(0),
    updatedAt: at(0),
    archivedAt: undefined,
    ...fields,
  };
}

export function versionOf(prompt: PromptRecord, fields: Partial<VersionRecord> = {}): VersionRecord {
  return {
    promptId: prompt.id,
    number: prompt.latestVersion,
    title: prompt.title,
    description: prompt.description,
    tags: prompt.tags,
    content: "Some content",
    config: {},
    arguments: prompt.arguments,
    contentHash: "a hash",
    authorId: prompt.authorId,
    changeNote: "",
    createdAt: prompt.updatedAt,
    ...fields,
  };
}

/** Stores a prompt as a service does: its row, its version, its words, its place in the outbox. */
export async function store(
  storage: Storage,
  author: Pick<Founded, "tenantId" | "userId">,
  fields: Partial<PromptRecord> = {},
  content = "Some content",
): Promise<PromptRecord> {
  const prompt = newPrompt(author, fields);
  await storage.tenant(author.tenantId).write(async (tenant) => {
    await tenant.prompts.insert(prompt);
    await tenant.versions.insert(versionOf(prompt, { content }));
    await tenant.words.put({ ...prompt, promptId: prompt.id, content });
    await tenant.enqueueIndexing(prompt.id);
  });
  return prompt;
}

/** Points a prompt's label to a version, as its first move. */
export async function label(
  storage: Storage,
  mover: Founded,
  promptId: string,
  name: string,
  version: number,
): Promise<void> {
  await storage.tenant(mover.tenantId).write(async ({ labels }) => {
    const of = { promptId, label: name };
    await labels.addMove({
      ...of,
      number: 1,
      kind: "set",
      fromVersion: undefined,
      toVersion: version,
      previous: undefined,
      reason: "",
      movedById: mover.userId,
      movedAt: at(0),
    });
    await labels.put({ ...of, version, move: 1, updatedById: mover.userId, updatedAt: at(0) });
  });
}

/** Archives a prompt as a service does. */
export async function archive(storage: Storage, tenantId: string, prompt: PromptRecord): Promise<void> {
  await storage.tenant(tenantId).write(async (tenant) => {
    await tenant.prompts.update({ ...prompt, archivedAt: at(1) });
    await tenant.words.remove(prompt.id);
    await tenant.enqueueIndexing(prompt.id);
  });
}

export function newKey(owner: Pick<Founded, "tenantId" | "userId">, fields: Partial<ApiKey> = {}): ApiKey {
  return {
    id: randomUUID(),
    userId: owner.userId,
    madeBy: undefined,
    name: "laptop",
    secretHash: randomUUID(),
    prefix: "pf_abc",
    ceiling: "viewer",
    scopes: undefined,
    agent: false,
    retiring: undefined,
    createdAt: at(0),
    expiresAt: undefined,
    lastUsedAt: undefined,
    revokedAt: undefined,
    ...fields,
  };
}

/** Claims of both stages, as the indexer makes them: all first chunks before any rest. */
export async function claim(storage: Storage, limit: number, leaseMs: number): Promise<OutboxEntry[]> {
  const first = await storage.outbox.claim("first", limit, leaseMs);
  if (first.length >= limit) return first;
  return [...first, ...(await storage.outbox.claim("rest", limit - first.length, leaseMs))];
}

/** Says of each that its first chunk is in the index. */
export async function advance(storage: Storage, entries: readonly OutboxEntry[]): Promise<void> {
  await storage.outbox.advance(entries.map((entry) => ({ ...entry, position: 1 })));
}
