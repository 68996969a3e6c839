import fc from "fast-check";

const DEEP = 5_000;

/** Texts that have broken somebody's program: for every field, whatever it is for. */
const TEXTS = [
  "",
  " ",
  "\0",
  "a\0b",
  "\ud800",
  "\udfff\ud800",
  "\u202e\u200b\ufeff\u2066",
  "e\u0301\u0301\u0301\u0301",
  "🏳️‍🌈",
  "ﬀİıß",
  "\u{10ffff}",
  "line\r\nSet-Cookie: a=b\r\n\r\n<html>",
  "%0d%0aX-Injected: 1",
  "' OR 1=1; --",
  "'); drop table prompts; --",
  '"" AND NEAR(a b, 2) * ^ {name}:x : -',
  'tenant:"x" OR *',
  "%_\\",
  "../../../../etc/passwd",
  "..\\..\\windows\\win.ini",
  "%2e%2e%2f%2e%2e%2f",
  "file:///etc/passwd",
  "http://169.254.169.254/latest/meta-data/",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "{{__proto__.polluted}}",
  "{{constructor.constructor('return process')()}}",
  `{{#each x}}{{/each}} \${7*7} <%= 7*7 %>`,
  "<script>alert(1)</script>",
  "=cmd|' /C calc'!A0",
  "-1",
  "1e309",
  "NaN",
  "9007199254740993",
  "99999999999999999999999999",
  "0x10",
  "true",
  "null",
  "[object Object]",
  "00000000-0000-0000-0000-000000000000",
  "versions/1",
  "2026-02-30T25:61:00Z",
  "+275760-09-13T00:00:00.001Z",
  "pf_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "eyJhbGciOiJub25lIn0.e30.",
  "x".repeat(3_000),
  "a/".repeat(300),
  "word ".repeat(400),
  "(".repeat(2_000),
  "a".repeat(200_000),
];

const NUMBERS = [0, -0, -1, 1.5, 1e21, 2 ** 31, 2 ** 53, -(2 ** 53), Number.MAX_VALUE, 5e-324];

export const hostileText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme-composite", maxLength: 40 }) },
);

/** Any value that JSON can say, and that no schema expects. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: hostileText },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(...NUMBERS, true, false, null, [], {}) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.array(hostileText, { maxLength: 50 }) },
  {
    weight: 1,
    arbitrary: hostileText.map((name) => JSON.parse(`{${JSON.stringify(name)}:{"__proto__":{"a":1}}}`)),
  },
);

/** Bodies that no serializer makes. */
export const hostileBody = fc.constantFrom(
  "",
  "{",
  "null",
  "[]",
  '"text"',
  "{} {}",
  "\ufeff{}",
  '{"name":"a","name":"b"}',
  '{"limit":1e999}',
  '{"limit":-1e999,"content":"\\ud800"}',
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  '{"content":"\\u0000"}',
  `${"[".repeat(DEEP)}${"]".repeat(DEEP)}`,
  `${'{"a":'.repeat(DEEP)}1${"}".repeat(DEEP)}`,
  `{"content":"${"x".repeat(1_200_000)}"}`,
  `{${Array.from({ length: 5_000 }, (_, n) => `"k${n}":0`).join(",")}}`,
);
