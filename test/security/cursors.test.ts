import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/domain/errors.ts";
import type { CursorPosition, CursorScope } from "../../src/domain/ports/security.ts";
import { createCursors } from "../../src/security/cursors.ts";

const cursors = createCursors({ secret: randomBytes(32) });
const SCOPE: CursorScope = { tenantId: "tenant-a", query: { operation: "list_prompts", tag: "writing" } };
const POSITION: CursorPosition = { key: "support/triage", id: "0198c5f2-5b7c-7cc3-98c4-dc0c0c07398f" };

const scopes = fc.record({
  tenantId: fc.uuid(),
  query: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 }),
});
const positions: fc.Arbitrary<CursorPosition> = fc.record({
  key: fc.oneof(fc.string({ unit: "grapheme", maxLength: 40 }), fc.integer()),
  id: fc.uuid(),
});

function expectRefusal(scope: CursorScope, cursor: string): void {
  let thrown: unknown;
  try {
    cursors.open(scope, cursor);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(AppError);
  expect(thrown).toMatchObject({
    code: "invalid_input",
    message:
      "The cursor is not valid here: it was made for another list or other filters, or was altered. Start again without it.",
  });
}

describe("a cursor", () => {
  it("gives back the position it was sealed with, for any scope and position", () => {
    fc.assert(
      fc.property(scopes, positions, (scope, position) => {
        const cursor = cursors.seal(scope, position);
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(cursors.open(scope, cursor)).toEqual(position);
      }),
    );
  });

  it("does not open for another tenant", () => {
    fc.assert(
      fc.property(scopes, positions, fc.uuid(), (scope, position, tenantId) => {
        fc.pre(tenantId !== scope.tenantId);
        expectRefusal({ ...scope, tenantId }, cursors.seal(scope, position));
      }),
    );
  });

  it("does not open for another query", () => {
    const changed = fc.tuple(scopes, fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(changed, positions, ([scope, name, value], position) => {
        fc.pre(JSON.stringify(scope.query[name]) !== JSON.stringify(value));
        const entries = [...Object.entries(scope.query).filter(([key]) => key !== name), [name, value]];
        expectRefusal({ ...scope, query: Object.fromEntries(entries) }, cursors.seal(scope, position));
      }),
    );
  });

  it("opens for the same query whatever the order of its fields, and with fields that are undefined", () => {
    const sealed = cursors.seal({ tenantId: "t", query: { a: 1, b: { c: [1, 2], d: "x" } } }, POSITION);
    const same = { tenantId: "t", query: { b: { d: "x", e: undefined, c: [1, 2] }, gone: undefined, a: 1 } };
    expect(cursors.open(same, sealed)).toEqual(POSITION);
    expectRefusal({ tenantId: "t", query: { a: 1, b: { c: [2, 1], d: "x" } } }, sealed);
  });

  it("does not open when any one of its characters is another", () => {
    const cursor = cursors.seal(SCOPE, POSITION);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. \u0000é";
    const last = cursor.length - 1;
    for (let index = 0; index <= last; index++) {
      // Every other character at the end, where base64 has spare bits; a few everywhere else.
      for (const character of index === last ? alphabet : [alphabet[index % alphabet.length], "A", "_"]) {
        if (character === undefined || character === cursor[index]) continue;
        expectRefusal(SCOPE, cursor.slice(0, index) + character + cursor.slice(index + 1));
      }
    }
  });

  it.each([
    ["empty", ""],
    ["cut short", cursors.seal(SCOPE, POSITION).slice(0, -4)],
    ["only a seal", Buffer.alloc(32).toString("base64url")],
    ["longer", `${cursors.seal(SCOPE, POSITION)}AAAA`],
    ["with space around it", ` ${cursors.seal(SCOPE, POSITION)} `],
    ["padded", `${cursors.seal(SCOPE, POSITION)}=`],
    ["over 1 KiB", "A".repeat(1025)],
    [
      "a position in plain JSON",
      Buffer.from(JSON.stringify([POSITION.key, POSITION.id])).toString("base64url"),
    ],
    ["another server's", createCursors({ secret: randomBytes(32) }).seal(SCOPE, POSITION)],
  ])("does not open when it is %s", (_case, cursor) => {
    expectRefusal(SCOPE, cursor);
  });

  it("has room in 1 KiB for the longest name there is", () => {
    const longest = { key: "語".repeat(200), id: POSITION.id };
    const cursor = cursors.seal(SCOPE, longest);
    expect(cursor.length).toBeLessThanOrEqual(1024);
    expect(cursors.open(SCOPE, cursor)).toEqual(longest);
  });

  it("is not made when the position does not fit, rather than made and refused later", () => {
    expect(() => cursors.seal(SCOPE, { key: "x".repeat(4000), id: POSITION.id })).toThrow(RangeError);
  });
});
