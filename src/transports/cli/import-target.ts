import type { OnExisting } from "../../domain/exchanged.ts";
import { importLines } from "../../exchange/import-lines.ts";
import type { ImportTarget } from "../../exchange/import-prompts.ts";
import { importPrompts } from "../../operations/import-prompts.ts";
import type { UsedLibrary } from "./used-library.ts";

export interface TargetChoices {
  readonly onExisting: OnExisting;
  readonly dryRun: boolean;
  readonly expectedVersions?: Readonly<Record<string, number>>;
}

/** The library as an import uses it, through the operation that everybody uses. */
export function importTarget(
  call: UsedLibrary["call"],
  { onExisting, dryRun, expectedVersions }: TargetChoices,
): ImportTarget {
  return {
    async put(prompts) {
      const answer = await call(importPrompts, {
        files: [{ path: "prompts.jsonl", text: importLines(prompts) }],
        on_existing: onExisting,
        dry_run: dryRun,
        expected_versions: expectedVersions,
      });
      return importPrompts.output
        .parse(answer)
        .items.map(({ outcome, version, notes, message }) =>
          outcome === "failed"
            ? { outcome, message: message ?? "It was refused." }
            : { outcome, version: version ?? 0, notes },
        );
    },
  };
}
