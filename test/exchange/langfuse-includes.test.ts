import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromLangfuseText, toLangfuseText } from "../../src/exchange/formats/langfuse-includes.ts";

describe("includes in Langfuse's format", () => {
  it.each([
    ["{{> support/tone@production}}", "@@@langfusePrompt:name=support/tone|label=production@@@"],
    ["A {{> support/tone@3}} B", "A @@@langfusePrompt:name=support/tone|version=3@@@ B"],
    ["{{> tone@latest}}{{name}}", "@@@langfusePrompt:name=tone|label=latest@@@{{name}}"],
    ["\\{{> tone@3}} is text", "\\{{> tone@3}} is text"],
  ])("are its references to other prompts, in both directions: %s", (ours, theirs) => {
    expect(toLangfuseText(ours)).toBe(theirs);
    expect(fromLangfuseText(theirs)).toBe(ours);
  });

  it.each([
    ["@@@langfusePrompt:name=Some Tone|label=production@@@", "{{> some-tone@production}}"],
    ["@@@langfusePrompt:name=???|label=production@@@", "{{> prompt@production}}"],
    ["@@@langfusePrompt:name=tone|label=3@@@", undefined],
    ["@@@langfusePrompt:name=tone|version=new@@@", undefined],
    ["@@@langfusePrompt:name=tone@@@", undefined],
    ["\\@@@langfusePrompt:name=tone|version=3@@@", undefined],
  ])("take names as prompts take them, and what names no prompt here as text: %s", (theirs, ours) => {
    expect(fromLangfuseText(theirs)).toBe(ours ?? theirs);
  });

  it("write again what they read, whatever stands around them", () => {
    const piece = fc.constantFrom(
      ...["{{", "}}", "{", "}", "\\", "@", "@@@", "|", " ", "x", "{{> a@b}}", "{{>a}}", "{{#a}}", "{{/a}}"],
      ...["@@@langfusePrompt:name=", "a|label=b@@@", "@@@langfusePrompt:name=A b|version=2@@@"],
    );
    const texts = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(texts, (text) => {
        const written = toLangfuseText(text);
        expect(toLangfuseText(fromLangfuseText(written))).toBe(written);
      }),
      { numRuns: 5000 },
    );
  });
});
