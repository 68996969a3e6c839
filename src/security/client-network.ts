import ipaddr from "ipaddr.js";

/** Of an IPv6 address, what its network is given as a whole: whoever has one address has all of its /64. */
const IPV6_NETWORK_BYTES = 8;

/**
 * Whom an address stands for when calls are counted: an IPv4 address for itself (also where it is written as IPv6), an
 * IPv6 address for its /64. What is no address stands for itself.
 */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === "ipv4") return parsed.toString();
  const network = parsed.toByteArray().fill(0, IPV6_NETWORK_BYTES);
  return `${ipaddr.fromByteArray(network).toString()}/64`;
}
