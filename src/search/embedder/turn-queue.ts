/**
 * What waits, in order within a tenant, while tenants take turns: whoever has much to do makes others wait for one of its
 * jobs at a time, however many it has.
 */
export interface TurnQueue<Job> {
  add(tenantId: string, job: Job): void;
  /** The job whose turn it is, left where it is. */
  peek(): Job | undefined;
  /** Takes that job; its tenant's next turn comes after everybody else's. */
  take(): Job | undefined;
  /** How many of a tenant wait. */
  waiting(tenantId: string): number;
  /** Takes all. */
  clear(): Job[];
}

export function createTurnQueue<Job>(): TurnQueue<Job> {
  /** Each tenant that waits, in the order of their turns. */
  const lines = new Map<string, Job[]>();

  return {
    add(tenantId, job) {
      const line = lines.get(tenantId);
      if (line === undefined) lines.set(tenantId, [job]);
      else line.push(job);
    },
    peek() {
      const [line] = lines.values();
      return line?.[0];
    },
    take() {
      const [turn] = lines;
      if (turn === undefined) return undefined;
      const [tenantId, line] = turn;
      const job = line.shift();
      lines.delete(tenantId);
      if (line.length > 0) lines.set(tenantId, line);
      return job;
    },
    waiting: (tenantId) => lines.get(tenantId)?.length ?? 0,
    clear() {
      const all = [...lines.values()].flat();
      lines.clear();
      return all;
    },
  };
}
