import type { OpenedPrompt, SearchCount, SearchRecord } from "../search-history.ts";

export interface SearchHistoryPage {
  readonly limit: number;
  /** Only searches of this time or later. */
  readonly since?: Date | undefined;
  /** Keyset position: the last row of the page before. */
  readonly after?: { readonly at: Date; readonly id: string } | undefined;
}

export interface SearchCountPage {
  readonly limit: number;
  readonly since: Date;
  /** Keyset position: the last row of the page before. */
  readonly after?: { readonly day: string; readonly username: string } | undefined;
}

/** What the members of a tenant searched. A member's history ends with the membership. */
export interface SearchHistoryStore {
  /** Those of members who have not switched their history off; the others are dropped. Doing it twice is doing it once. */
  insertMany(searches: readonly SearchRecord[]): Promise<void>;
  /** One user's searches, newest first, ties by id. */
  list(userId: string, page: SearchHistoryPage): Promise<SearchRecord[]>;
  /** Adds a prompt to those that were opened after a search; one that is there already stays as it is. */
  markOpened(searchId: string, prompt: OpenedPrompt): Promise<void>;
  /** Deletes all of one user's searches; gives how many. */
  clear(userId: string): Promise<number>;
  /** Takes a prompt out of what was found and opened, of everybody's searches. */
  forgetPrompt(promptId: string): Promise<void>;
  /** Deletes everybody's older searches. */
  deleteBefore(at: Date): Promise<void>;
  /** Searches by day (UTC) and user, newest day first, then by username. */
  countByUser(page: SearchCountPage): Promise<SearchCount[]>;
  /** Whether a member's searches are kept; they are unless switched off. False for who is no member. */
  isEnabled(userId: string): Promise<boolean>;
  setEnabled(userId: string, enabled: boolean): Promise<void>;
}
