/** A name that a prompt had, and which still leads to it. */
export interface Redirect {
  readonly name: string;
  readonly promptId: string;
  /** The name that the prompt has now. */
  readonly leadsTo: string;
  readonly createdAt: Date;
}

/** Former names. A prompt that takes one for its own ends the redirect: `PromptStore` sees to that. */
export interface RedirectStore {
  /** The id of the prompt that a former name leads to. */
  find(name: string): Promise<string | undefined>;
  /** Writes where a former name leads to, whether or not it led somewhere. */
  put(redirect: Omit<Redirect, "leadsTo">): Promise<void>;
  remove(name: string): Promise<void>;
  count(promptId: string): Promise<number>;
  /** In the order of the names; with `promptId` those of one prompt. `after` is the last name of the page before. */
  list(page: {
    readonly promptId?: string | undefined;
    readonly limit: number;
    readonly after?: string | undefined;
  }): Promise<Redirect[]>;
}
