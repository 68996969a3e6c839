/** 2 MiB of contents a page: however large the prompts are, an answer stays one that a process can hold many of. */
export const PAGE_BYTES = 2 * 1024 * 1024;

/** Counts the contents of a page. The first is always taken, so that paging goes on. */
export function pageBudget() {
  let bytes = 0;
  return {
    /** Whether the content still goes onto the page. */
    takes(content: string): boolean {
      const size = Buffer.byteLength(content);
      if (bytes > 0 && bytes + size > PAGE_BYTES) return false;
      bytes += size;
      return true;
    },
  };
}
