import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let ada: TestMember;

beforeAll(async () => {
  library = await openLibrary();
  ada = await library.found("ada");
});
afterAll(() => library.close());

let serial = 0;

it("finds a circle of any length, with its path, at save and when a label makes one", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 40 }),
      fc.nat(),
      fc.boolean(),
      async (length, seed, byLabel) => {
        serial += 1;
        const nameOf = (place: number) => `circle-${serial}/p${place % length}`;
        const at = byLabel ? "@live" : "";
        for (let place = 0; place < length; place++) {
          const content = place === 0 ? "end" : `{{> ${nameOf(place - 1)}${at}}}`;
          await ada.call("create_prompt", { name: nameOf(place), content });
          await ada.call("set_label", { name: nameOf(place), label: "live", version: 1 });
        }
        const closing = { name: nameOf(0), content: `{{> ${nameOf(length - 1)}${at}}}` };
        const refused = {
          code: "conflict",
          details: { cycle: expect.objectContaining({ length: length + 1 }) },
        };
        if (!byLabel) {
          await expect(ada.call("update_prompt", closing)).rejects.toMatchObject(refused);
          return;
        }
        await ada.call("update_prompt", closing);
        await ada.call("set_label", { name: nameOf(0), label: "live", version: 2 });
        const asked = { name: nameOf(seed), label: "live" };
        await expect(ada.call("render_prompt", asked)).rejects.toMatchObject(refused);
        await expect(ada.call("resolve_prompt", asked)).rejects.toMatchObject(refused);
      },
    ),
    { numRuns: 15 },
  );
});
