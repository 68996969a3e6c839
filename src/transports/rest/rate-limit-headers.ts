import type { Response } from "express";
import type { CallAllowance } from "../../domain/call-limits.ts";

/**
 * Tells the client how it stands with each limit that its request was counted for, by the header fields of
 * draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy: "reads";q=6000;w=60` and `RateLimit: "reads";r=5999;t=60`.
 */
export function tellAllowance(res: Response): (allowance: CallAllowance) => void {
  const told = new Map<string, CallAllowance>();
  return (allowance) => {
    told.set(allowance.policy, allowance);
    // A stream that has begun has told what it could.
    if (res.headersSent) return;
    const all = [...told.values()];
    res.set({
      "RateLimit-Policy": all
        .map(({ policy, limit, windowSeconds }) => `"${policy}";q=${limit};w=${windowSeconds}`)
        .join(", "),
      RateLimit: all
        .map(({ policy, remaining, resetSeconds }) => `"${policy}";r=${remaining};t=${resetSeconds}`)
        .join(", "),
    });
  };
}
