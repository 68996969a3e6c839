import type { Response } from "express";
import type { CallAllowance, CallClass } from "../../domain/call-limits.ts";

/**
 * Tells the client how it stands with each limit that its request was counted for, by the header fields of
 * draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy: "reads";q=6000;w=60` and `RateLimit: "reads";r=5999;t=60`.
 */
export function tellAllowance(res: Response): (allowance: CallAllowance) => void {
  const told = new Map<CallClass, CallAllowance>();
  return (allowance) => {
    told.set(allowance.callClass, allowance);
    // A stream that has begun has told what it could.
    if (res.headersSent) return;
    const all = [...told.values()];
    res.set({
      "RateLimit-Policy": all
        .map(({ callClass, limit, windowSeconds }) => `"${callClass}";q=${limit};w=${windowSeconds}`)
        .join(", "),
      RateLimit: all
        .map(({ callClass, remaining, resetSeconds }) => `"${callClass}";r=${remaining};t=${resetSeconds}`)
        .join(", "),
    });
  };
}
