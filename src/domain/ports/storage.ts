import type { ApiKey, Member, MemberEntry, OwnedKey, Tenant, User } from "../identity.ts";
import type { FoundInvitation } from "../invitation.ts";
import type { Prompt, Version } from "../prompt.ts";
import type { Role } from "../roles.ts";
import type { AuditStore } from "./audit.ts";
import type { FavouriteStore } from "./favourites.ts";
import type { OnceStore } from "./idempotency.ts";
import type { IdentityStore } from "./identities.ts";
import type { IncludeStore } from "./includes.ts";
import type { IndexStateStore } from "./index-state.ts";
import type { InvitationStore } from "./invitations.ts";
import type { LabelStore } from "./labels.ts";
import type { EmailClaimStore, MailQueue, PasswordResetStore } from "./mail.ts";
import type { ClientGrantStore, OAuthStore } from "./oauth.ts";
import type { QuotaStore } from "./quotas.ts";
import type { RedirectStore } from "./redirects.ts";
import type { ReviewStore } from "./reviews.ts";
import type { SearchHistoryStore } from "./search-history.ts";
import type { SessionStore } from "./sessions.ts";
import type { UseStore } from "./uses.ts";
import type { WebhookQueue, WebhookStore } from "./webhooks.ts";

/**
 * Where everything is kept. Adapters: SQLite, PostgreSQL.
 *
 * Work is done through stores that are bound to their scope: no method of a tenant's store takes a
 * tenant id, so none can be given another tenant's.
 */
export interface Storage {
  /** All of one tenant. */
  tenant(tenantId: string): UnitOfWork<TenantStore>;
  /** People, tenants and credentials, where the tenant is not known yet. */
  readonly directory: UnitOfWork<DirectoryStore>;
  /** What the search index still has to hear of, for all tenants. */
  readonly outbox: OutboxQueue;
  /** Made with the library, and kept with it: tells it from others that share an index server. */
  libraryId(): Promise<string>;
  /** Which vectors the search index holds. */
  readonly indexState: IndexStateStore;
  /**
   * Whether this process is to do a job that can be repeated without harm, and that one replica does at a time: for so many
   * milliseconds no other one gets it. Whoever has it may claim it again, for longer.
   */
  claimJob(name: string, milliseconds: number): Promise<boolean>;
  /** Throws `unavailable` when the database does not answer. */
  ping(): Promise<void>;
  /** How it stands, for metrics, with the `largest` tenants by what their texts take. */
  gauges(largest: number): Promise<LibraryGauges>;
  /** Facts for `doctor`: path, size, schema version, and what an integrity check says. */
  inspect(): Promise<StorageReport>;
  close(): Promise<void>;
}

export interface UnitOfWork<Store> {
  /** Reads; sees what was committed before it began. */
  read<T>(work: (store: Store) => Promise<T>): Promise<T>;
  /** One transaction: all of it is committed durably before the promise resolves, or nothing. Only storage may be awaited inside. */
  write<T>(work: (store: Store) => Promise<T>): Promise<T>;
}

export interface TenantStore {
  readonly prompts: PromptStore;
  readonly versions: VersionStore;
  readonly labels: LabelStore;
  readonly includes: IncludeStore;
  readonly members: MemberStore;
  readonly invitations: InvitationStore;
  readonly keys: ApiKeyStore;
  readonly words: WordIndex;
  readonly history: SearchHistoryStore;
  readonly quotas: QuotaStore;
  readonly once: OnceStore;
  readonly audit: AuditStore;
  readonly clientGrants: ClientGrantStore;
  readonly reviews: ReviewStore;
  readonly redirects: RedirectStore;
  readonly favourites: FavouriteStore;
  readonly uses: UseStore;
  readonly webhooks: WebhookStore;
  /** Puts a prompt on the search index's list in the same transaction as the change. A newer entry replaces an older one. */
  enqueueIndexing(promptId: string): Promise<void>;
  /** How many prompts that are not archived are not yet found by meaning. */
  countPending(): Promise<number>;
}

export type PromptRef = { readonly id: string } | { readonly name: string };

export interface PromptFilter {
  /** Only archived prompts; otherwise only those that are not. */
  readonly archived?: boolean | undefined;
  readonly tag?: string | undefined;
  /** Only prompts that have this label. */
  readonly label?: string | undefined;
  /** Only names that begin so; a folder is a prefix that ends in a slash. */
  readonly namePrefix?: string | undefined;
  /** Username. */
  readonly author?: string | undefined;
  /** Only prompts that this user has pinned. */
  readonly favouriteOf?: string | undefined;
  /** Only prompts that were last changed at this time or later. */
  readonly since?: Date | undefined;
  /** Only prompts that were last changed before this time. */
  readonly until?: Date | undefined;
  /** All of these words, each as a prefix, in name, title, tags, description or content. */
  readonly words?: readonly string[] | undefined;
}

export const SORT_FIELDS = ["name", "created_at", "updated_at"] as const;
export type SortField = (typeof SORT_FIELDS)[number];

export interface PromptPage {
  readonly filter: PromptFilter;
  readonly sort: SortField;
  readonly descending: boolean;
  readonly limit: number;
  /** Not these prompts. */
  readonly except?: readonly string[] | undefined;
  /** Keyset position: the last row of the page before. `key` is the name, or the time in ms since 1970. */
  readonly after?: { readonly key: string | number; readonly id: string } | undefined;
}

/** A page of the tags or folders that prompts are filed under. */
export interface FilingPage {
  /** What they begin with. */
  readonly prefix: string;
  readonly limit: number;
  /** The last row of the page before. */
  readonly after?: string | undefined;
}

/** A prompt as it is written: its author's name, and its labels, have places of their own. */
export type PromptRecord = Omit<Prompt, "author" | "labels">;

export interface PromptStore {
  /** Ends a redirect from its name. */
  insert(prompt: PromptRecord): Promise<void>;
  /** Writes title, description, tags, arguments, latestVersion, updatedAt and archivedAt of the prompt with this id. */
  update(prompt: PromptRecord): Promise<void>;
  /** Gives it another name, and ends a redirect from that. */
  rename(id: string, name: string, updatedAt: Date): Promise<void>;
  /** With all that belongs to it, for good. What the index holds elsewhere is dropped by an entry of the outbox made before. */
  remove(id: string): Promise<void>;
  find(ref: PromptRef): Promise<Prompt | undefined>;
  findMany(ids: readonly string[]): Promise<Prompt[]>;
  /** Prompts that pass the filter, in the order asked for, ties by id. */
  list(page: PromptPage): Promise<Prompt[]>;
  /**
   * Those that pass the filter and are pinned by a user, and after them those that were used since a day, the most used first,
   * ties by name.
   */
  foremost(page: {
    readonly filter: PromptFilter;
    readonly userId: string;
    readonly since: string;
    readonly limit: number;
  }): Promise<Prompt[]>;
  /** The ids of all prompts that pass a filter; with `among`, only those of these. In any order. */
  findIds(filter: PromptFilter, among?: readonly string[]): Promise<string[]>;
  /** Every prompt that is not archived, with the number of its latest version. */
  latestVersions(): Promise<{ readonly id: string; readonly version: number }[]>;
  /** The tags in use, in order, each with how many prompts that are not archived have it. */
  tags(page: FilingPage): Promise<{ readonly tag: string; readonly prompts: number }[]>;
  /**
   * The folders right below one, in order, by their whole path, each with how many prompts that are not archived are in it or
   * below it. `prefix` is the path of the one with a slash at its end, or empty.
   */
  folders(page: FilingPage): Promise<{ readonly folder: string; readonly prompts: number }[]>;
  /** Names in use that are `prefix` or begin with `prefix-` (archived prompts keep their name, and former names lead on). */
  takenNames(prefix: string): Promise<ReadonlySet<string>>;
  /** Prompts that are not archived. */
  count(): Promise<number>;
  /** All, archived ones too, in the order of their ids; `after` is the id of the last row of the page before, at first empty. */
  all(page: { readonly limit: number; readonly after: string }): Promise<Prompt[]>;
  /** Removes some with all that belongs to them but their vectors in an index elsewhere; gives how many. */
  removeSome(limit: number): Promise<number>;
}

export type VersionRef = Pick<Version, "promptId" | "number">;

export interface VersionStore {
  insert(version: Omit<Version, "author">): Promise<void>;
  find(promptId: string, number: number): Promise<Version | undefined>;
  /** Those of these versions that there are, in any order. */
  findMany(refs: readonly VersionRef[]): Promise<Version[]>;
  /** Newest first; `before` is the number of the last row of the page before. */
  list(
    promptId: string,
    page: { readonly limit: number; readonly before?: number | undefined },
  ): Promise<Version[]>;
}

/** Full-text search over the latest versions of prompts that are not archived: name, title, tags, description, content. */
export interface WordIndex {
  put(entry: {
    readonly promptId: string;
    readonly name: string;
    readonly title: string;
    readonly description: string;
    readonly tags: readonly string[];
    readonly content: string;
  }): Promise<void>;
  remove(promptId: string): Promise<void>;
  /**
   * Takes words of texts that are gone for good, and that no prompt here has, out of the vocabulary.
   * @param inUse Words that are known to be in use: what is found out is added, so that texts of one prompt are not asked about twice.
   */
  forget(texts: readonly string[], inUse: Set<string>): Promise<void>;
  /** In how many of the tenant's prompts each term occurs, counted up to one more than `most`. Terms are single words. */
  count(
    terms: readonly string[],
    options?: { readonly most?: number | undefined },
  ): Promise<ReadonlyMap<string, number>>;
  /**
   * Which of the terms they have, for the prompts that have the most: the first `limit` by the weight of what they have, and the
   * first `limit` where what is in name or title counts `titleWeight` times its weight again. Of those that pass the filter.
   */
  best(
    terms: readonly WeightedTerm[],
    options: { readonly filter: PromptFilter; readonly limit: number; readonly titleWeight: number },
  ): Promise<ReadonlyMap<string, HeldTerms>>;
  /** The same for certain prompts; those that have none of the terms are left out. */
  heldBy(
    promptIds: readonly string[],
    terms: readonly WeightedTerm[],
  ): Promise<ReadonlyMap<string, HeldTerms>>;
  /**
   * Words of the tenant's prompts, in lower case and without accents, made of letters only. Some may occur no longer,
   * which `count` tells; of a great many, only some are given.
   */
  vocabulary(shape: WordShape): Promise<readonly string[]>;
}

export interface WordShape {
  /** The first letter. */
  readonly initial: string;
  /** In code points. */
  readonly shortest: number;
  readonly longest: number;
}

export interface WeightedTerm {
  readonly term: string;
  readonly weight: number;
}

/** Which of some terms a prompt has. */
export interface HeldTerms {
  readonly terms: readonly string[];
  /** Those of them that are in its name or title. */
  readonly titled: readonly string[];
}

export interface MemberStore {
  find(userId: string): Promise<Member | undefined>;
  findByName(username: string): Promise<Member | undefined>;
  /** In the order of their usernames; `after` is that of the last row of the page before. */
  list(page: { readonly limit: number; readonly after?: string | undefined }): Promise<MemberEntry[]>;
  countAdmins(): Promise<number>;
  add(userId: string, role: Role): Promise<void>;
  setRole(userId: string, role: Role): Promise<void>;
  /** Also remembers that the member has left or was removed, until they are added again. */
  remove(userId: string): Promise<void>;
  hasDeparted(userId: string): Promise<boolean>;
}

export interface ApiKeyStore {
  insert(key: ApiKey): Promise<void>;
  /** Keys of one user that are not revoked, newest first. */
  listOf(userId: string): Promise<ApiKey[]>;
  /** Keys of the whole tenant that are not revoked, newest first; `after` is the last of the page before. */
  listAll(page: {
    readonly limit: number;
    readonly after?: Pick<ApiKey, "id" | "createdAt"> | undefined;
  }): Promise<OwnedKey[]>;
  find(id: string): Promise<ApiKey | undefined>;
  /** Whether `id` is the key `ancestor`, or was made with it, directly or with a key that was. */
  descends(id: string, ancestor: string): Promise<boolean>;
  /** Revokes a key and all that were made with it, directly or not. What is revoked already keeps its time. */
  revoke(id: string, at: Date): Promise<void>;
  /** Writes the secret's hash and prefix, and the secret that retires. */
  setSecret(key: ApiKey): Promise<void>;
  touch(id: string, at: Date): Promise<void>;
}

export interface DirectoryStore {
  /** A tenant's own stores, in the same transaction. */
  tenant(tenantId: string): TenantStore;
  readonly sessions: SessionStore;
  readonly oauth: OAuthStore;
  /** Who people are at identity providers. */
  readonly identities: IdentityStore;
  readonly mails: MailQueue;
  /** What is to be delivered to webhooks, of all tenants. */
  readonly webhooks: WebhookQueue;
  readonly passwordResets: PasswordResetStore;
  readonly emailClaims: EmailClaimStore;
  insertTenant(tenant: Tenant): Promise<void>;
  insertUser(user: User): Promise<void>;
  insertMember(tenantId: string, userId: string, role: Role): Promise<void>;
  findUserByName(username: string): Promise<User | undefined>;
  findUser(id: string): Promise<User | undefined>;
  findUserByEmail(email: string): Promise<User | undefined>;
  /** With `instead`, only where the stored one is that still. */
  setPasswordHash(userId: string, passwordHash: string, instead?: string): Promise<void>;
  setEmail(userId: string, email: string): Promise<void>;
  /** The tenants of a user, oldest membership first. */
  membershipsOf(userId: string): Promise<Member[]>;
  findMember(tenantId: string, userId: string): Promise<Member | undefined>;
  /** The invitation with this code's hash, open or not, unless its tenant is gone. */
  findInvitation(secretHash: string): Promise<FoundInvitation | undefined>;
  /** Says when a tenant is gone; `undefined`: it goes on. */
  setTenantEnd(tenantId: string, endsAt: Date | undefined): Promise<void>;
  tenantsEndedBy(at: Date): Promise<string[]>;
  /** With all of its rows, but for its prompts: `removeSome` has to have removed these. */
  removeTenant(tenantId: string): Promise<void>;
  /** Takes away all that says who somebody was, but for the id under which they wrote; `username` is shown from now on. */
  forgetUser(userId: string, username: string): Promise<void>;
  renameTenant(tenantId: string, name: string): Promise<void>;
  hasTenant(tenantId: string): Promise<boolean>;
  /** The key with this hash as that of its secret, or of the one that retires, and its owner's membership, revoked or expired or not; `undefined` when either is gone. */
  findKey(secretHash: string): Promise<{ readonly key: ApiKey; readonly member: Member } | undefined>;
  countTenants(): Promise<number>;
  tenantIds(): Promise<string[]>;
  /** All of them, the oldest first. */
  tenants(): Promise<Tenant[]>;
}

/** `first`: the prompt's first chunk, so that it is findable at all; `rest`: the others. */
export type IndexStage = "first" | "rest";

export interface OutboxEntry {
  readonly tenantId: string;
  readonly promptId: string;
  readonly stage: IndexStage;
  /** The first chunk that is not in the index yet. */
  readonly position: number;
  /** Changes with each new change of the prompt: what was claimed under an older one is not acknowledged. */
  readonly generation: number;
  readonly attempts: number;
}

export interface OutboxQueue {
  /** Takes up to `limit` entries of a stage that are due, oldest first, and hides them from others for `leaseMs`. */
  claim(stage: IndexStage, limit: number, leaseMs: number): Promise<OutboxEntry[]>;
  /** Done: drops the entries, unless a newer change has come. */
  complete(entries: readonly OutboxEntry[]): Promise<void>;
  /** The chunks before each entry's `position` are in the index now: it waits for the rest, due at once. */
  advance(entries: readonly OutboxEntry[]): Promise<void>;
  /** Not done, by no fault of theirs: due again at once. */
  release(entries: readonly OutboxEntry[]): Promise<void>;
  /** Could not be tried, since something is out of reach: due again after `delayMs`; no attempt is counted. */
  postpone(entry: OutboxEntry, delayMs: number, reason: string): Promise<void>;
  /** Failed: due again after `delayMs`. `reason` is kept for `doctor`. */
  retry(entry: OutboxEntry, delayMs: number, reason: string): Promise<void>;
  /** Failed too often: not due again until its prompt changes or everything is indexed anew. */
  bury(entry: OutboxEntry, reason: string): Promise<void>;
  /** What was buried, oldest first. */
  deadLetters(limit: number): Promise<DeadLetter[]>;
  /** Entries of all tenants, by stage; of these, how many did not succeed when they were tried last, and how many are buried. */
  counts(): Promise<OutboxCounts>;
}

export interface OutboxCounts {
  readonly first: number;
  readonly rest: number;
  readonly failing: number;
  readonly buried: number;
}

export interface DeadLetter {
  readonly tenantId: string;
  readonly promptId: string;
  readonly attempts: number;
  readonly reason: string;
}

export interface StorageReport {
  readonly kind: "sqlite" | "postgresql";
  readonly location: string;
  readonly bytes: number;
  readonly schemaVersion: number;
  readonly integrity: "ok" | string;
  readonly tenants: number;
}

/** What a tenant, or all of them, have: as quotas count it. */
export interface TenantSize {
  readonly prompts: number;
  readonly versions: number;
  readonly storageBytes: number;
}

export interface LibraryGauges {
  /** Since when what is to be indexed next has waited, unless it is given up; `undefined`: nothing waits. */
  readonly indexWaitsSince: Date | undefined;
  readonly webhooksWaiting: number;
  readonly mailsWaiting: number;
  readonly tenants: number;
  /** Those that take most, the largest first. */
  readonly largest: readonly (TenantSize & { readonly tenantId: string })[];
  readonly all: TenantSize;
}
