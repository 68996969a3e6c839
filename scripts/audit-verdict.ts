import { z } from "zod";

const reportSchema = z.object({
  metadata: z.object({ vulnerabilities: z.record(z.string(), z.number()) }),
  vulnerabilities: z.record(z.string(), z.looseObject({ severity: z.string() })),
});
const failureSchema = z.object({ message: z.string() });

/** Severities that no release has. */
const GRAVE: readonly string[] = ["high", "critical"];

export interface AuditVerdict {
  readonly outcome: "clean" | "grave" | "skipped";
  /** For a person. */
  readonly words: string;
}

/**
 * What `npm audit --json` found. A registry that does not answer it (a mirror, say) is no finding, and said so: `skipped`. An
 * answer of neither kind is a fault, and thrown.
 */
export function auditVerdict(output: string): AuditVerdict {
  const answer: unknown = JSON.parse(output);
  const report = reportSchema.safeParse(answer).data;
  if (report === undefined) {
    const { message } = failureSchema.parse(answer);
    return { outcome: "skipped", words: `Skipped: the registry does not answer npm audit (${message}).` };
  }
  const grave = Object.entries(report.vulnerabilities)
    .filter(([, { severity }]) => GRAVE.includes(severity))
    .map(([name, { severity }]) => `${name} (${severity})`);
  if (grave.length > 0) return { outcome: "grave", words: `Advisories: ${grave.join(", ")}. See npm audit.` };
  const { total = 0 } = report.metadata.vulnerabilities;
  return { outcome: "clean", words: `No advisory of high or critical severity; ${total} of less.` };
}
