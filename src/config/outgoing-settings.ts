import { z } from "zod";
import type { OutgoingAllow } from "../domain/ports/outgoing.ts";

const hostName = z
  .hostname()
  // Digits and dots alone are a slip in an address.
  .regex(/[a-z]/i);
const plainOrigin = z.url({ protocol: /^http$/ }).refine((text) => /^[^/]+:\/\/[^/@?#]+\/?$/.test(text));

/** Settings of outgoing requests; a part of the environment's schema. */
export const outgoingSettings = {
  /**
   * Hosts of the inside that outgoing requests may reach, comma-separated: host names, addresses, CIDR ranges, and
   * origins with http:// for those without TLS.
   */
  PROMPTFORGE_OUTGOING_ALLOW: allowed(),
};

/** Entries of the inside, comma-separated. */
export function allowed() {
  return z.string().default("").transform(parsed);
}

function parsed(text: string, context: z.RefinementCtx): OutgoingAllow {
  const allow = { hosts: [] as string[], ranges: [] as string[], plainOrigins: [] as string[] };
  const entries = text.split(",").map((entry) => entry.trim());
  for (const entry of entries.filter((each) => each !== "")) {
    if (z.ipv4().safeParse(entry).success) allow.ranges.push(`${entry}/32`);
    else if (z.ipv6().safeParse(entry).success) allow.ranges.push(`${entry}/128`);
    else if (z.union([z.cidrv4(), z.cidrv6()]).safeParse(entry).success) allow.ranges.push(entry);
    else if (plainOrigin.safeParse(entry).success) allow.plainOrigins.push(new URL(entry).origin);
    else if (hostName.safeParse(entry).success) allow.hosts.push(entry.toLowerCase());
    else context.addIssue({ code: "custom", message: PROBLEM });
  }
  return allow;
}

const PROBLEM =
  "must hold host names, addresses, ranges such as 10.1.0.0/16, or origins such as http://keycloak:8080, with commas between";
