import { foldWord, wordsIn } from "../../domain/words.ts";

/**
 * The words of a text as the full-text index has them: in order, and each behind the mark of its tenant. So every tenant's words
 * stand in a place of their own, and what is looked for, whole or as a beginning, is compared with the tenant's own alone. What
 * other tenants have is neither found nor takes time, which would tell of it.
 * @param mark Stands before each word; it ends with a colon, which no word has.
 */
export function tenantWords(mark: `${string}:`, text: string): string[] {
  return wordsIn(text)
    .map(foldWord)
    .filter((word) => word !== "")
    .map((word) => mark + word);
}
