import { describe, expect, it } from "vitest";
import { auditVerdict } from "../../scripts/audit-verdict.ts";

/** As npm prints it, cut to what counts. */
function report(severities: Readonly<Record<string, string>>): string {
  const vulnerabilities = Object.fromEntries(
    Object.entries(severities).map(([name, severity]) => [name, { name, severity, isDirect: false }]),
  );
  const total = Object.keys(severities).length;
  return JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: { vulnerabilities: { total } } });
}

describe("the check for advisories", () => {
  it("passes where there are none, and where they are small", () => {
    expect(auditVerdict(report({}))).toMatchObject({ outcome: "clean" });
    expect(auditVerdict(report({ a: "low", b: "moderate" }))).toEqual({
      outcome: "clean",
      words: "No advisory of high or critical severity; 2 of less.",
    });
  });

  it.each(["high", "critical"])("fails for one that is %s, and names the package", (severity) => {
    expect(auditVerdict(report({ fine: "low", left: severity }))).toMatchObject({
      outcome: "grave",
      words: expect.stringContaining(`left (${severity})`),
    });
  });

  it("is skipped, with the reason, where the registry does not answer it", () => {
    const message =
      "405 Method Not Allowed - POST https://registry.example/-/npm/v1/security/advisories/bulk";
    expect(auditVerdict(JSON.stringify({ message, statusCode: 405 }))).toEqual({
      outcome: "skipped",
      words: `Skipped: the registry does not answer npm audit (${message}).`,
    });
  });

  it("takes no other answer for a good one", () => {
    for (const output of ["", "{}", '{"vulnerabilities": {}}']) expect(() => auditVerdict(output)).toThrow();
  });
});
