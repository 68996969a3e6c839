import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draftOf, problemsOf, readFileWith } from "./temp-library.ts";

describe("a JSON file", () => {
  it("may be one prompt", async () => {
    const prompt = {
      id: 7,
      name: "Support/Triage",
      title: "Triage",
      description: "Sorts",
      content: "Sort {{ticket}}\n",
      tags: ["b", "a"],
      change_note: "why",
      unknown: { deep: [] },
    };
    expect(await draftOf("x.json", JSON.stringify(prompt))).toEqual({
      name: { value: "support/triage", derived: false },
      title: "Triage",
      description: "Sorts",
      tags: ["a", "b"],
      change_note: "why",
      content: "Sort {{ticket}}\n",
    });
  });

  it.each([
    ["an array", '[{"content":"a"},{"content":"b"}]'],
    ["an object with prompts", '{"exported":[1,2],"prompts":[{"content":"a"},{"content":"b"}]}'],
  ])("may be %s", async (_, text) => {
    expect(await readFileWith("x.json", text)).toMatchObject([
      { kind: "prompt", draft: { content: "a" } },
      { kind: "prompt", draft: { content: "b" } },
    ]);
  });

  it("may call the content prompt; content goes first", async () => {
    expect((await draftOf("x.json", '{"prompt":"p"}')).content).toBe("p");
    expect((await draftOf("x.json", '{"prompt":"p","content":"c"}')).content).toBe("c");
    expect(await draftOf("x.json", '[{"act":"Linux Terminal","prompt":"p"}]')).toMatchObject({
      name: { value: "linux-terminal", derived: true },
      title: "Linux Terminal",
    });
    expect(await draftOf("x.json", '{"act":"A","title":"T","prompt":"p"}')).toMatchObject({ title: "T" });
  });

  it("counts null and blank fields as absent, and takes tags with commas", async () => {
    const draft = await draftOf(
      "x.json",
      '{"name":"","title":null,"description":" ","tags":"x, y","content":"Say hi"}',
    );
    expect(draft).toEqual({ name: { value: "say-hi", derived: true }, tags: ["x", "y"], content: "Say hi" });
  });

  it("may nest what it does not take as deep as it likes", async () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect((await draftOf("x.json", `{"extra":${deep},"content":"a"}`)).content).toBe("a");
  });

  it("may have a byte-order mark", async () => {
    expect((await draftOf("x.json", '\ufeff{"content":"a"}')).content).toBe("a");
  });
});

describe("the name of a JSON prompt that gives none", () => {
  it("comes from its title", async () => {
    expect((await draftOf("x.json", '{"title":"Écrire un Résumé!","content":"a"}')).name).toEqual({
      value: "ecrire-un-resume",
      derived: true,
    });
  });

  it("comes from the start of its content when there is no title", async () => {
    const content = `\n  Explain AI to a child. ${"More words. ".repeat(1000)}`;
    const { name } = await draftOf("x.json", JSON.stringify({ content }));
    expect(name.derived).toBe(true);
    expect(name.value).toMatch(/^explain-ai-to-a-child-more-words-/);
  });

  it("is a usable one for every title and content", async () => {
    const text = fc.string({ unit: "binary", minLength: 1, maxLength: 120 });
    await fc.assert(
      fc.asyncProperty(fc.option(text), text, async (title, content) => {
        fc.pre(content.trim() !== "" && !content.includes("\0"));
        fc.pre(title === null || (title.trim().length <= 200 && !/\p{Cc}/u.test(title.trim())));
        expect((await draftOf("x.json", JSON.stringify({ title, content }))).name.value).not.toBe("");
      }),
      { numRuns: 100 },
    );
  });
});

describe("a JSON file that cannot be taken", () => {
  it.each([
    ["an empty file", "", undefined, "empty"],
    ["a list without prompts", "[]", 1, "no prompts"],
    ["a trailing comma in an array", '[\n{"content":"a"},\n]', 3, "unexpected character"],
    ["a trailing comma in an object", '{\n"content":"a",\n}', 3, "double-quoted property name"],
    ["a missing comma", '[\n{"content":"a"}\n\n{"content":"b"}]', 4, "expected ','"],
    ["single quotes", "{\n\"content\":\n'a'}", 3, "unexpected character"],
    ["a comment", '{\n// why\n"content":"a"}', 2, "property name"],
    ["a bare word", '[\n{"content":"a"},\n{"content": undefined}\n]', 3, "unexpected character"],
    ["a newline inside a string", '{\n"title":"t",\n"content":"a\nb"}', 3, "control character"],
    ["an end that is missing", '[\n{"content":"a"},\n{"content":\n\n', 3, "too early"],
    ["a string that does not end", '{\n"content":"a', 2, "unterminated string"],
    ["something after the end", '{"content":"a"}\n\n{"content":"b"}\n', 3, "after JSON"],
    ["a key twice", '{\n"content":"a",\n"title":"t",\n"con\\u0074ent":"b"}', 4, "twice"],
    ["prompts twice", '{"prompts":[{"content":"a"}],\n"prompts":[{"content":"b"}]}', 2, "twice"],
    ["a string alone", '\n"hello"', 2, "an object such as"],
    ["no content", '{"title":"t"}', 1, '"content" (or "prompt")'],
    ["content that is not text", '{"content":["a"]}', 1, "not a string"],
    ["blank content", '{"content":" \\n"}', 1, "empty"],
    ["half a character", '{"content":"\\ud83d"}', 1, "lone surrogate"],
    ["a title that is not text", '\n{"content":"a","title":5}', 2, "title: Invalid input"],
    ["a name that cannot be one", '{"content":"a","name":"a//b"}', 1, "no part empty"],
  ])("with %s is a problem, at its line where one has it", async (_, text, line, reason) => {
    expect(await problemsOf("x.json", text)).toEqual([{ line, message: expect.stringContaining(reason) }]);
  });

  it("quotes nothing of the file in a syntax error", async () => {
    const [problem] = await problemsOf("x.json", '{"content": secret-words in JSON at position 3}');
    expect(problem?.message).toBe("This is not valid JSON: unexpected character.");
  });

  it("loses only the bad elements of a list, each with its own line", async () => {
    const text = [
      '{"note": {"prompts": []}, "prompts": [',
      '  {"content": "a"},',
      "  5, [",
      '  {"content": "x"}], null,',
      '  {"content": "b",',
      '   "content": "c"},',
      '  {"content": "d"}',
      "]}",
    ].join("\n");
    const items = await readFileWith("x.json", text);
    expect(items.map(({ kind, source }) => [kind, source.line])).toEqual([
      ["prompt", 2],
      ["problem", 3],
      ["problem", 3],
      ["problem", 4],
      ["problem", 6],
      ["prompt", 7],
    ]);
  });

  it("finds the line of each element, whatever the elements hold and however they are laid out", async () => {
    const element = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.record({ content: fc.string({ unit: "binary" }), extra: fc.jsonValue() }),
    );
    const laidOut = fc.record({
      value: element,
      indent: fc.constantFrom(0, 1, 2),
      gap: fc.constantFrom("", "\n", " \r\n\t\n"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(laidOut, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        async (elements, wrapped) => {
          let text = wrapped ? '{\n"a":[[1],{}],"prompts" : [' : "[";
          const lines: number[] = [];
          for (const [index, { value, indent, gap }] of elements.entries()) {
            text += (index > 0 ? "," : "") + gap;
            lines.push(text.split("\n").length);
            text += JSON.stringify(value, undefined, indent);
          }
          text += wrapped ? "]\n}" : "]";
          const items = await readFileWith("x.json", text);
          expect(items.map((item) => item.source.line)).toEqual(lines);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("finds the line on which a text was cut or spoilt", async () => {
    const lists = fc.array(fc.record({ content: fc.string(), n: fc.double(), flag: fc.boolean() }), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(lists, fc.nat(), async (list, seed) => {
        const lines = JSON.stringify(list, undefined, 1).split("\n");
        const at = seed % lines.length;
        lines[at] = `;${lines[at]}`;
        expect(await problemsOf("x.json", lines.join("\n"))).toMatchObject([{ line: at + 1 }]);
        expect(await problemsOf("x.json", lines.slice(0, at).join("\n"))).toMatchObject([
          // Nothing is left of a text that was cut at its first line.
          { line: at === 0 ? undefined : at },
        ]);
      }),
      { numRuns: 100 },
    );
  });
});
