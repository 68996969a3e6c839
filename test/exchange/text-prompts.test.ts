import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draftOf, problemsOf, readFileWith } from "./temp-library.ts";

describe("a Markdown file with front matter", () => {
  it("gives name, title, description, tags and change note, and its body as content", async () => {
    const text = [
      "---",
      "name: Team/Review",
      "title: Code review",
      "description: Finds bugs",
      "tags: [Writing, code, code]",
      "change_note: first",
      "owner: someone",
      "---",
      "# Look",
      "",
      "at {{code}}",
      "",
    ].join("\n");
    expect(await draftOf("x.md", text)).toEqual({
      name: { value: "team/review", derived: false },
      title: "Code review",
      description: "Finds bugs",
      tags: ["code", "writing"],
      change_note: "first",
      content: "# Look\n\nat {{code}}",
    });
  });

  it("may give its tags as one string with commas", async () => {
    expect((await draftOf("x.md", "---\ntags: b, a,\n---\ntext")).tags).toEqual(["a", "b"]);
  });

  it("may have a byte-order mark and Windows line ends, which are not its content's", async () => {
    const draft = await draftOf("x.md", "\ufeff---\r\ntitle: T\r\ntags:\r\n  - a\r\n---\r\none\r\ntwo\r\n");
    expect(draft).toMatchObject({ title: "T", tags: ["a"], content: "one\ntwo" });
  });

  it("keeps Windows line ends that stand beside others", async () => {
    const draft = await draftOf("x.md", "---\ntitle: T\n---\none\r\ntwo\r\n\n");
    expect(draft.content).toBe("one\r\ntwo\r\n");
  });

  it("keeps scalars as they were written", async () => {
    const draft = await draftOf("x.md", "---\ntitle: 2024-10\ntags: [no, 1.0]\ndescription: yes\n---\ntext");
    expect(draft).toMatchObject({ title: "2024-10", tags: ["1.0", "no"], description: "yes" });
  });

  it("counts fields that are null or blank as absent", async () => {
    const draft = await draftOf("my-file.md", "---\nname:\ntitle: ~\ndescription: null\ntags: ''\n---\ntext");
    expect(draft).toEqual({
      name: { value: "my-file", derived: false },
      title: "My file",
      content: "text",
    });
  });

  it("may be empty of fields", async () => {
    expect((await draftOf("x.md", "---\n---\ntext")).content).toBe("text");
  });

  it("may have one blank line before the body, which is not content", async () => {
    expect((await draftOf("x.md", "---\ntitle: T\n---\n\ntext")).content).toBe("text");
    expect((await draftOf("x.md", "---\ntitle: T\n---\n\n\ntext")).content).toBe("\ntext");
  });

  it("ends at the first line of three dashes, so that the body may have more of them", async () => {
    expect((await draftOf("x.md", "---\ntitle: T\n--- \na\n---\nb")).content).toBe("a\n---\nb");
  });

  it("keeps a key like __proto__ out of everything", async () => {
    const draft = await draftOf("x.md", "---\n__proto__: {title: bad}\nconstructor: x\n---\ntext");
    expect(draft.title).toBe("X");
    expect(Object.hasOwn(Object.prototype, "title")).toBe(false);
  });
});

describe("a Markdown file without front matter", () => {
  it("is all content, with the first heading as its title", async () => {
    const text = "Intro\n\n```sh\n# not a heading\n```\n\n## The *real* one ##\r\n# Later\n";
    expect(await draftOf("x.md", text)).toMatchObject({
      title: "The *real* one",
      content: text.slice(0, -1),
    });
  });

  it("takes its title from the file's name when there is no heading that could be one", async () => {
    expect((await draftOf("code-review_short.md", "text")).title).toBe("Code review short");
    expect((await draftOf("Code Review.markdown", `# ${"x".repeat(300)}`)).title).toBe("Code Review");
  });
});

describe("a dotprompt file", () => {
  it("keeps what it says about the prompt, its settings and its messages, and leaves the rest", async () => {
    const text = [
      "---",
      "model: vendor/model-1",
      "description: Greets",
      "config:",
      "  temperature: 0.2",
      "input:",
      "  schema:",
      "    name?: string, who to greet",
      "    kinds(array): string",
      "---",
      '{{role "system"}}',
      "Greet {{name}}.",
      "{{history}}",
      '{{role "model"}}Hello!',
    ].join("\n");
    expect(await draftOf("greet.prompt", text)).toEqual({
      name: { value: "greet", derived: false },
      title: "Greet",
      description: "Greets",
      content: "system: Greet {{name}}.\n\nmessages: history\n\nassistant: Hello!",
      messages: [
        { role: "system", content: "Greet {{name}}." },
        { placeholder: "history" },
        { role: "assistant", content: "Hello!" },
      ],
      config: { model: "vendor/model-1", temperature: 0.2 },
    });
  });

  it("keeps a JSON Schema of its arguments", async () => {
    const schema = "{type: object, properties: {n: {type: integer, maximum: 5}}, required: [n]}";
    const draft = await draftOf("x.prompt", `---\ninput: {schema: ${schema}}\n---\n{{n}}`);
    expect(draft.input_schema).toEqual({
      type: "object",
      properties: { n: { type: "integer", maximum: 5 } },
      required: ["n"],
    });
  });

  it("may be a template alone", async () => {
    expect((await draftOf("greet.prompt", "Hi {{name}}\n")).content).toBe("Hi {{name}}");
  });
});

describe("a plain text file", () => {
  it("is all content, also where it looks like front matter", async () => {
    expect(await draftOf("my note.txt", "---\ntitle: T\n---\ntext\n\n")).toEqual({
      name: { value: "my-note", derived: false },
      title: "My note",
      content: "---\ntitle: T\n---\ntext\n",
    });
  });

  it("keeps every character but a byte-order mark and one final newline", async () => {
    const texts = fc
      .string({ unit: "binary", maxLength: 200 })
      .filter((text) => text.trim() !== "" && !text.includes("\0") && !/^\ufeff|\r$/.test(text));
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.constantFrom("", "\ufeff"),
        fc.constantFrom("\n", "\r\n"),
        async (text, mark, end) => {
          expect((await draftOf("x.txt", mark + text + end)).content).toBe(text);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("a text file that cannot be taken", () => {
  it.each([
    ["an empty file", "", undefined, "empty"],
    ["only white space", " \n\n", undefined, "empty"],
    ["no body", "---\ntitle: T\n---\n", undefined, "empty"],
    ["front matter that is not closed", "---\ntitle: T\ntext", 1, "not closed"],
    ["a key twice", "---\ntitle: T\ntags: a\ntitle: U\n---\ntext", 4, "unique"],
    ["an open quote", '---\ntags: a\ntitle: "T\n---\ntext', 3, "quote"],
    ["an unquoted colon", "---\ntitle: Review: code\n---\ntext", 2, "put quotes around"],
    ["front matter that is a list", "---\n- a\n---\ntext", 2, "title: Code review"],
    ["a name that cannot be one", "---\ntitle: T\nname: no spaces\n---\ntext", 3, "no spaces, no part empty"],
    ["a reserved name", "---\nname: a/versions\n---\ntext", 2, "'versions' cannot be a part"],
    ["a title that is a map", "---\ntags: a\ntitle: {a: b}\n---\ntext", 3, "title: Invalid input"],
    ["an unquoted brace", "---\ntags: a\ntitle: {{topic}}\n---\ntext", 3, "begins with a brace"],
    [
      "a title that is too long",
      `---\r\ntags: a\r\ntitle: ${"x".repeat(201)}\r\n---\r\ntext`,
      3,
      "title: Too big",
    ],
    ["a tag that cannot be one", "---\ntitle: T\n\ntags: ['#']\n---\ntext", 4, "A tag has 1 to 50"],
    [
      "too many tags",
      `---\ntags: [${Array.from({ length: 21 }, (_, n) => n)}]\n---\ntext`,
      2,
      "tags: Too big",
    ],
    ["an unknown alias", "---\ntitle: *nobody\n---\ntext", 2, "Unresolved alias"],
    ["binary data in place of a title", "---\ntitle: !!binary aGk=\n---\ntext", 2, "title: Invalid input"],
    ["front matter of 140 KiB", `---\n# ${"x".repeat(140_000)}\n---\ntext`, 1, "131072"],
    ["front matter that nests without end", `---\na: ${"[".repeat(60_000)}\n---\ntext`, 2, "not valid YAML"],
  ])("with %s is a problem, at its line where one has it", async (_, text, line, reason) => {
    expect(await problemsOf("x.md", text)).toEqual([{ line, message: expect.stringContaining(reason) }]);
  });

  it("refuses aliases that multiply", async () => {
    const bomb = [
      "a: &a [x, x, x, x, x, x, x, x]",
      "b: &b [*a, *a, *a, *a, *a, *a, *a, *a]",
      "tags: [*b, *b, *b, *b, *b, *b, *b]",
    ];
    const [problem] = await problemsOf("x.md", ["---", ...bomb, "---", "text"].join("\n"));
    expect(problem?.message).toContain("Excessive alias count");
  });

  it("refuses content over 256 KiB, and takes 256 KiB", async () => {
    expect(await problemsOf("x.txt", "é".repeat(128 * 1024 + 1))).toMatchObject([
      { line: undefined, message: /256 KiB/ },
    ]);
    expect((await draftOf("x.txt", `${"é".repeat(128 * 1024)}\n`)).content).toHaveLength(128 * 1024);
  });

  it("names the line of bytes that are not UTF-8", async () => {
    const bytes = Buffer.concat([
      Buffer.from("one\nzwölf\n"),
      Buffer.from([0x61, 0xff, 0xfe]),
      Buffer.from("\nend"),
    ]);
    expect(await problemsOf("x.md", bytes)).toEqual([{ line: 3, message: expect.stringContaining("UTF-8") }]);
  });

  it("puts nothing into a message that could steer a terminal", async () => {
    const [problem] = await problemsOf("x.md", '---\n"\u001b[31m\u202e": *\u001b[31m\n---\ntext');
    expect(problem?.message).toMatch(/^[^\p{Cc}\p{Cf}]+$/u);
  });

  it("never makes the reader fail, whatever the front matter is", async () => {
    const yaml = fc.array(
      fc.constantFrom(
        "title",
        "name",
        "tags",
        ":",
        " ",
        "\n",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "&a",
        "*a",
        "!!x",
        '"',
        "'",
        "|",
        ">",
        "#",
        "?",
        "<<",
        "%",
        "\t",
        "a",
      ),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(yaml, async (tokens) => {
        const items = await readFileWith("x.md", `---\n${tokens.join("")}\n---\ntext`);
        expect(items).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });
});
