import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EVENT_TYPES } from "../../src/domain/webhook-events.ts";
import { afterAttempt, excerptOf, hears, nextAttempt } from "../../src/domain/webhooks.ts";

const HOUR_MS = 60 * 60_000;
const at = (ms: number) => new Date(ms);
const attempt = (ms: number, failure?: string) => ({
  at: at(ms),
  milliseconds: 1,
  status: undefined,
  failure,
  answer: "",
});

describe("attempts at a delivery", () => {
  it("begin again soon, come less and less often, and end after 20 to 30 hours, whatever the chance", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 10, maxLength: 10 }),
        (chances) => {
          let time = at(0);
          const waits: number[] = [];
          for (const [n, chance] of chances.entries()) {
            const next = nextAttempt(n + 1, time, chance)!;
            waits.push(next.getTime() - time.getTime());
            time = next;
          }
          expect(nextAttempt(11, time, 0)).toBeUndefined();
          expect(waits[0]).toBeLessThanOrEqual(12_000);
          for (const [n, wait] of waits.entries()) {
            expect(wait).toBeGreaterThanOrEqual(8_000);
            // Up to the longest, each is longer than the one before, whatever the jitter.
            if (n > 0 && n < 8) expect(wait).toBeGreaterThan(waits[n - 1]!);
          }
          expect(time.getTime() / HOUR_MS).toBeGreaterThan(20);
          expect(time.getTime() / HOUR_MS).toBeLessThan(31);
        },
      ),
    );
  });
});

describe("a webhook is given up", () => {
  it("when ten attempts in a row over a day were in vain, and not before", () => {
    const failing = (failures: number, hours: number) =>
      afterAttempt({ failures: failures - 1, failingSince: at(0) }, attempt(hours * HOUR_MS, "no")).offReason;
    expect(failing(10, 24)).toBe("Nothing could be delivered for 24 hours, in 10 attempts.");
    expect(failing(9, 300)).toBeUndefined();
    expect(failing(5000, 23)).toBeUndefined();
  });

  it("never while something gets through", () => {
    expect(afterAttempt({ failures: 99, failingSince: at(0) }, attempt(99 * HOUR_MS))).toEqual({
      failures: 0,
      failingSince: undefined,
    });
  });
});

describe("a webhook without filters", () => {
  it.each(EVENT_TYPES)("hears of %s", (type) => {
    const all = { events: undefined, label: undefined, folder: undefined };
    expect(hears(all, { type }, "a")).toBe(true);
    expect(hears({ ...all, events: [type] }, { type }, "a")).toBe(true);
    expect(hears({ ...all, events: EVENT_TYPES.filter((other) => other !== type) }, { type }, "a")).toBe(
      false,
    );
  });
});

describe("a webhook for a folder", () => {
  it("hears of what is in it, of what leaves it and of what comes into it", () => {
    const webhook = { events: undefined, label: undefined, folder: "support" };
    const renamed = (previousName: string) => ({ type: "prompt.renamed", previousName }) as const;
    expect(hears(webhook, { type: "prompt.created" }, "support/a/b")).toBe(true);
    expect(hears(webhook, { type: "prompt.created" }, "supporters/a")).toBe(false);
    expect(hears(webhook, renamed("support/a"), "mail/a")).toBe(true);
    expect(hears(webhook, renamed("mail/a"), "support/a")).toBe(true);
    expect(hears(webhook, renamed("mail/a"), "mail/b")).toBe(false);
  });
});

describe("the excerpt of an answer", () => {
  it("is short, of one line, and shows what would not be seen", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2000 }), (answer) => {
        const excerpt = excerptOf(answer);
        expect(excerpt.length).toBeLessThanOrEqual(300 * 9 + 1);
        expect(excerpt).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
    );
    expect(excerptOf("ok\n\u202Edone\u{e0041}")).toBe("ok\\u{a}\\u{202e}done\\u{e0041}");
    expect(excerptOf("<b>Größe, 大小</b>")).toBe("<b>Größe, 大小</b>");
    expect(excerptOf("x".repeat(400))).toBe(`${"x".repeat(300)}…`);
  });
});
