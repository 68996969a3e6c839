import { describe, expect, it } from "vitest";
import { createOutage } from "../../../src/search/embedder/remote/outage.ts";
import { ServiceFailure } from "../../../src/search/embedder/remote/service-failure.ts";

const away = new ServiceFailure("temporary", "cannot be reached.");

function openOutage() {
  const clock = { ms: 0 };
  const outage = createOutage(() => clock.ms);
  const isAsked = () => {
    try {
      outage.check();
      return true;
    } catch (error) {
      expect(error).toMatchObject({ kind: "resting", message: "cannot be reached." });
      return false;
    }
  };
  return { outage, clock, isAsked };
}

describe("an outage of a service", () => {
  it("begins with the third failure in a row", () => {
    const { outage, isAsked } = openOutage();
    outage.failed(away);
    outage.failed(away);
    expect(isAsked()).toBe(true);
    outage.failed(away);
    expect(isAsked()).toBe(false);
  });

  it("is tried again after a rest that doubles, to half a minute at most", () => {
    const { outage, clock, isAsked } = openOutage();
    outage.failed(away);
    outage.failed(away);
    for (const rest of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      outage.failed(away);
      clock.ms += rest - 1;
      expect(isAsked()).toBe(false);
      clock.ms += 1;
      expect(isAsked()).toBe(true);
    }
  });

  it("is over with the first success", () => {
    const { outage, isAsked } = openOutage();
    for (let failure = 0; failure < 5; failure++) outage.failed(away);
    outage.over();
    expect(isAsked()).toBe(true);
    outage.failed(away);
    expect(isAsked()).toBe(true);
  });
});
