import { lintSource } from "@secretlint/core";
import { secretLintProfiler } from "@secretlint/profiler";
import { creator as secretRules } from "@secretlint/secretlint-rule-preset-recommend";
import { type Advice, adviceFor } from "../domain/advice.ts";
import { adviseOnHiddenCharacters } from "../domain/hidden-characters.ts";
import { adviseOnInjectionPhrases } from "../domain/injection-phrases.ts";

// Made for one run of a linter: it keeps a mark for every step of every text and searches all of them at each, so that the
// thousandth content would take a hundred times as long as the first, and memory would never be given back.
secretLintProfiler.mark = () => undefined;

const RULES = {
  rules: [{ id: "@secretlint/secretlint-rule-preset-recommend", rule: secretRules, options: {} }],
};

/**
 * What whoever saves a content should know of it: likely secrets, characters that nobody sees, phrases as of an injection.
 * Advice only, with places: nothing is refused for it, and what it does not find is not thereby harmless.
 */
export async function adviseOn(content: string): Promise<Advice[]> {
  return [
    ...(await likelySecrets(content)),
    ...adviseOnHiddenCharacters(content),
    ...adviseOnInjectionPhrases(content),
  ];
}

/** The message names the kind of secret by its rule: never a character of it. */
async function likelySecrets(content: string): Promise<Advice[]> {
  const { messages } = await lintSource({
    source: { filePath: "prompt.txt", content, ext: ".txt", contentType: "text" },
    options: { config: RULES, maskSecrets: true },
  });
  const kinds = new Set(messages.map(({ ruleId }) => ruleId.replace(/^.*secretlint-rule-/, "")));
  const spans = messages.map(({ range: [start, end] }) => ({ start, end }));
  return adviceFor(
    "likely_secret",
    content,
    spans,
    () =>
      `The content looks as if it held a secret (${[...kinds].join(", ")}). Everybody in the tenant reads it, and its versions keep it: use an {{argument}}, and make a new secret.`,
  );
}
