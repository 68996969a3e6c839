import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fromText } from "../../src/transports/text-input.ts";

const schema = z.object({
  text: z.string(),
  whole: z.int().default(1),
  ratio: z.number().optional(),
  on: z.boolean().nullable(),
  tags: z.array(z.string()).optional(),
  numbers: z.array(z.int()),
});

describe("texts of an address or a command line", () => {
  it("become what the schema wants", () => {
    expect(fromText(schema, { text: "7", whole: "7", ratio: "-1.5e2", on: "false" })).toEqual({
      text: "7",
      whole: 7,
      ratio: -150,
      on: false,
    });
  });

  it("become lists from commas and from repetition", () => {
    expect(fromText(schema, { tags: "a, b,", numbers: ["1,2", "3"] })).toEqual({
      tags: ["a", "b"],
      numbers: [1, 2, 3],
    });
    expect(fromText(schema, { tags: "" })).toEqual({ tags: [] });
  });

  it("stay as they are when they do not convert, so that the schema reports them", () => {
    const values = { whole: "1.5", ratio: "0x10", on: "yes", text: ["a", "b"], numbers: "1,two" };
    expect(fromText(schema, values)).toEqual({ ...values, numbers: [1, "two"] });
    expect(schema.safeParse(fromText(schema, values)).success).toBe(false);
  });

  it("are left out when the schema does not name them or they are not given", () => {
    expect(fromText(schema, { text: undefined, more: "x", ["__proto__"]: "x" })).toEqual({});
  });
});
