import ipaddr from "ipaddr.js";
import type { OutgoingAllow } from "../domain/ports/outgoing.ts";

/** All that the internet uses of IPv6; what lies outside is reserved, local, or a way to write an IPv4 address. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");

/** Addresses that no register lists as special and that are a cloud's inside all the same: Azure's wire server. */
const CLOUD_INSIDE: readonly Range[] = [ipaddr.IPv4.parseCIDR("168.63.129.16/32")];

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** Says of a URL whether it may be called, and of the addresses of its host whether they may be connected to. */
export function createOutgoingRules(allow: OutgoingAllow) {
  const hosts = new Set(allow.hosts);
  const plainOrigins = new Set(allow.plainOrigins);
  const ranges = allow.ranges.map((range): Range => ipaddr.parseCIDR(range));

  return {
    /** Over https, or an origin that was named with http. */
    allowsScheme: (url: URL): boolean => url.protocol === "https:" || plainOrigins.has(url.origin),

    /** A literal or resolved address, for a URL whose scheme is right. What cannot be parsed is refused. */
    allowsAddress(url: URL, address: string): boolean {
      if (plainOrigins.has(url.origin) || hosts.has(nameOf(url))) return true;
      if (!ipaddr.isValid(address)) return false;
      // Mapped IPv6 (::ffff:10.0.0.1) is what it maps; a zone (%eth0) only link-local addresses have.
      const parsed = ipaddr.process(address);
      return isPublic(parsed) || ranges.some((range) => isWithin(parsed, range));
    },
  };
}

export type OutgoingRules = ReturnType<typeof createOutgoingRules>;

/** The host without the dot that may end it; `new URL` has put it in lower case. */
function nameOf(url: URL): string {
  return url.hostname.replace(/\.$/, "");
}

function isPublic(address: Address): boolean {
  if (address.range() !== "unicast") return false;
  if (address instanceof ipaddr.IPv6) return address.match(GLOBAL_IPV6);
  return !CLOUD_INSIDE.some((range) => isWithin(address, range));
}

/** `match` throws where the families differ. */
function isWithin(address: Address, range: Range): boolean {
  return address.kind() === range[0].kind() && address.match(range);
}
