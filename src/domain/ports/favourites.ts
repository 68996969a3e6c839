/** The prompts that members have pinned, each for themselves. */
export interface FavouriteStore {
  /** Pinning again leaves the time of the first. */
  add(userId: string, promptId: string, at: Date): Promise<void>;
  remove(userId: string, promptId: string): Promise<void>;
  has(userId: string, promptId: string): Promise<boolean>;
  count(userId: string): Promise<number>;
}
