import type { Machine } from "../search/machine.ts";
import type { Summary } from "../search/summary.ts";
import type { Enumeration } from "./enumeration.ts";
import type { Overhead } from "./overhead.ts";
import type { ReadsDuringSignIns } from "./sign-ins.ts";

/** The report for people. */
export function reportText(report: {
  readonly machine: Machine;
  readonly form: string;
  readonly get_prompt: Overhead;
  readonly reads_during_sign_ins: ReadsDuringSignIns;
  readonly enumeration: Enumeration;
}): string {
  const { machine, form, get_prompt: overhead, reads_during_sign_ins: reads, enumeration } = report;
  return `${form}, ${machine.cores} cores (${machine.processor}), load ${machine.load.before} before, Node ${machine.node}

get_prompt over REST, ms           p50      p99   ratio p50   (at most 1.1)
${row("anybody (floor)", overhead.floor)}
${row("API key", overhead.api_key)}   ${overhead.ratio.api_key.p50}
${row("access token", overhead.access_token)}   ${overhead.ratio.access_token.p50}

Reads, ms                          p50      p99   ratio p99   (at most 2)
${row("idle", reads.idle)}
${row(`${reads.sign_ins_per_second} sign-ins a second`, reads.signing_in)}   ${reads.ratio.p99}

Refused sign-ins, ms               p50      p99   apart       (at most 0.1)
${row("wrong password", enumeration.wrong_password)}
${row("unknown user", enumeration.unknown_user)}   ${enumeration.apart}
Both in the same words: ${enumeration.bodies_alike ? "yes" : "no"}`;
}

function row(name: string, { p50_ms: p50, p99_ms: p99 }: Summary): string {
  return `${name.padEnd(28)} ${p50.toFixed(2).padStart(9)} ${p99.toFixed(2).padStart(8)}`;
}
