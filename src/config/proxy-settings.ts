import { isIP } from "node:net";
import { z } from "zod";

/** Networks that Express knows by name. */
const NAMED = ["loopback", "linklocal", "uniquelocal"];

/** Settings of the proxies in front of the server; a part of the environment's schema. */
export const proxySettings = {
  /**
   * Whose X-Forwarded-For is believed, comma-separated: addresses, networks (10.0.0.0/8), or `loopback`, `linklocal`,
   * `uniquelocal`. Behind a proxy that is not named here all clients have the proxy's address, and one share of the limits.
   */
  PROMPTFORGE_TRUSTED_PROXIES: z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((entry) => entry !== ""))
    .refine(
      (entries) => entries.every(isNetwork),
      "must be addresses, networks such as 10.0.0.0/8, or loopback, linklocal, uniquelocal, comma-separated",
    )
    .default([]),
};

function isNetwork(entry: string): boolean {
  if (NAMED.includes(entry)) return true;
  const [address = "", prefix, ...more] = entry.split("/");
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  if (bits === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
}
