import { describe } from "vitest";
import { auditContract } from "./audit-contract.ts";
import type { OpenStorage } from "./fixtures.ts";
import { identityContract } from "./identity-contract.ts";
import { includeContract } from "./include-contract.ts";
import { invitationContract } from "./invitation-contract.ts";
import { isolationContract } from "./isolation-contract.ts";
import { labelContract } from "./label-contract.ts";
import { listContract } from "./list-contract.ts";
import { mailContract } from "./mail-contract.ts";
import { memberOfTwoContract } from "./member-of-two-contract.ts";
import { oauthContract } from "./oauth-contract.ts";
import { onceContract } from "./once-contract.ts";
import { orderContract } from "./order-contract.ts";
import { outboxContract } from "./outbox-contract.ts";
import { overlapContract } from "./overlap-contract.ts";
import { promptContract } from "./prompt-contract.ts";
import { quotaContract } from "./quota-contract.ts";
import { reviewContract } from "./review-contract.ts";
import { searchHistoryContract } from "./search-history-contract.ts";
import { sessionContract } from "./session-contract.ts";
import { shownContract } from "./shown-contract.ts";
import { transactionContract } from "./transaction-contract.ts";
import { webhookContract, webhookQueueContract } from "./webhook-contract.ts";
import { wordContract } from "./word-contract.ts";

/** What every adapter of the Storage port has to show. */
export function storageContract(adapter: string, open: OpenStorage): void {
  describe(`${adapter} as a storage`, () => {
    tenantContract(open);
    describe("transactions", () => transactionContract(open));
    serverContract(open);
    describe("tenants apart", () => apartContract(open));
  });
}

/** What belongs to no tenant, and serves all. */
export function serverContract(open: OpenStorage): void {
  describe("the outbox", () => outboxContract(open));
  describe("mails and claimed addresses", () => mailContract(open));
  describe("what is to be delivered to webhooks", () => webhookQueueContract(open));
}

/** That no tenant sees or changes another's. */
export function apartContract(open: OpenStorage): void {
  isolationContract(open);
  overlapContract(open);
  memberOfTwoContract(open);
}

/** What a tenant's stores have to show, whoever else is in the library: test/isolation/storage.test.ts. */
export function tenantContract(open: OpenStorage): void {
  describe("people and keys", () => identityContract(open));
  describe("the records of the authorization server", () => oauthContract(open));
  describe("members and invitations", () => invitationContract(open));
  describe("prompts and versions", () => promptContract(open));
  describe("includes", () => includeContract(open));
  describe("prompts that a search shows", () => shownContract(open));
  describe("labels", () => labelContract(open));
  describe("reviews", () => reviewContract(open));
  describe("former names, favourites and uses", () => orderContract(open));
  describe("lists", () => listContract(open));
  describe("words", () => wordContract(open));
  describe("quotas", () => quotaContract(open));
  describe("calls to be done once", () => onceContract(open));
  describe("search history", () => searchHistoryContract(open));
  describe("sessions", () => sessionContract(open));
  describe("the audit", () => auditContract(open));
  describe("webhooks", () => webhookContract(open));
}
