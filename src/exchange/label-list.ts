import { LATEST, labelSchema } from "../domain/names.ts";

/** The labels of a list, without `latest`, which nobody sets; `refused` tells what can be none, as keys that are not taken. */
export function readLabels(list: readonly unknown[]): {
  readonly labels: string[];
  readonly refused: string[];
} {
  const labels: string[] = [];
  const refused: string[] = [];
  for (const label of list) {
    const parsed = labelSchema.safeParse(label);
    if (parsed.success) labels.push(parsed.data);
    else if (label !== LATEST) refused.push(`label ${String(label).slice(0, 50)}`);
  }
  return { labels: [...new Set(labels)], refused };
}
