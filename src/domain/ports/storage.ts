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
import type { OutboxQueue } from "./outbox.ts";
import type { PromptFilter } from "./prompt-filter.ts";
import type { QuotaStore } from "./quotas.ts";
import type { RedirectStore } from "./redirects.ts";
import type { ReviewStore } from "./reviews.ts";
import type { SearchHistoryStore } from "./search-history.ts";
import type { SessionStore } from "./sessions.ts";
import type { ShownStore } from "./shown.ts";
import type { SplitWriter } from "./splits.ts";
import type { UseStore } from "./uses.ts";
import type { WebhookQueue, WebhookStore } from "./webhooks.ts";
import type { WordIndex } from "./words.ts";

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
  readonly splits: SplitWriter;
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
  readonly shown: ShownStore;
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
  /** What the whole database takes. */
  readonly bytes: number;
  readonly tenants: number;
  /** Those that take most, the largest first. */
  readonly largest: readonly (TenantSize & { readonly tenantId: string })[];
  readonly all: TenantSize;
}
