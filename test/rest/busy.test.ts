import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD } from "../support/library.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
beforeAll(async () => {
  library = await serveLibrary();
  await library.found("ada");
});
afterAll(() => library.close());

describe("more sign-ins at once than can be checked", () => {
  it("are told when to come again, known names and unknown alike, and one that does is let in", async () => {
    const attempts = Array.from({ length: 200 }, (_, n) =>
      library.stranger("POST", "/v1/auth/login", {
        json: { username: n % 2 === 0 ? "ada" : `nobody${n}`, password: "wrong horse" },
      }),
    );
    const replies = await Promise.all(attempts);
    const refused = replies.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(replies.length - refused.length);
    for (const { body, headers } of refused) {
      expect(body).toMatchObject({ code: "unavailable" });
      expect(Number(headers.get("Retry-After"))).toBeGreaterThan(0);
    }
    const again = await library.stranger("POST", "/v1/auth/login", {
      json: { username: "ada", password: PASSWORD },
    });
    expect(again.status).toBe(200);
  });
});
