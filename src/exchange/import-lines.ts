import type { ImportedPrompt } from "../domain/exchanged.ts";

/** Prompts on their way in as JSON Lines, which says all of them: what `readJsonLinesText` reads again. */
export function importLines(prompts: readonly ImportedPrompt[]): string {
  return prompts
    .flatMap(({ name, versions }) => versions.map((version) => `${JSON.stringify({ name, ...version })}\n`))
    .join("");
}
