import type { Label, LabelMove } from "../labels.ts";

/** The labels of a tenant's prompts, and the moves that they made. */
export interface LabelStore {
  find(promptId: string, label: string): Promise<Label | undefined>;
  /** Writes where a label points to, whether or not it is there. */
  put(label: Label): Promise<void>;
  remove(promptId: string, label: string): Promise<void>;
  addMove(move: Omit<LabelMove, "movedBy">): Promise<void>;
  findMove(promptId: string, label: string, number: number): Promise<LabelMove | undefined>;
  /** Newest first; `before` is the number of the last row of the page before. */
  listMoves(
    promptId: string,
    label: string,
    page: { readonly limit: number; readonly before?: number | undefined },
  ): Promise<LabelMove[]>;
  /** Every move of every label, in a fixed order; `after` is the last row of the page before. */
  allMoves(page: {
    readonly limit: number;
    readonly after?: Pick<LabelMove, "promptId" | "label" | "number"> | undefined;
  }): Promise<LabelMove[]>;
  /** The labels in use, in order, each with how many prompts that are not archived have it. */
  inUse(): Promise<{ readonly label: string; readonly prompts: number }[]>;
  /** The labels that the tenant protects. */
  protected(): Promise<readonly string[]>;
  setProtected(labels: readonly string[]): Promise<void>;
}
