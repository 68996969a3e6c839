/** Which prompts are meant. */
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

/** Whether it lets all of a tenant's prompts pass that are not archived. */
export function isEmptyFilter(filter: PromptFilter): boolean {
  return Object.values(filter).every((condition) => condition === undefined);
}
