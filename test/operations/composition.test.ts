import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let ada: TestMember;

beforeAll(async () => {
  library = await openLibrary();
  ada = await library.found("ada");
  await create("support/tone", "Be {{manner}}.");
  await ada.call("update_prompt", { name: "support/tone", content: "Be very {{manner}}." });
  await ada.call("set_label", { name: "support/tone", label: "production", version: 1 });
  await create("support/reply", "{{> support/tone@production}}\nAnswer {{name}}.");
});
afterAll(() => library.close());

const create = (name: string, content: string, rest: object = {}) =>
  ada.call("create_prompt", { name, content, ...rest });
const update = (name: string, content: string) => ada.call("update_prompt", { name, content });
const render = async (name: string, values: object = {}, rest: object = {}): Promise<string> =>
  (await ada.call("render_prompt", { name, arguments: values, ...rest })).text;
const codes = ({ warnings }: { warnings: { code: string }[] }) => warnings.map(({ code }) => code);

function refusal(call: Promise<unknown>): Promise<{ code: string; message: string; details: object }> {
  return call.then(
    () => Promise.reject(new Error("It was not refused")),
    (error) => error,
  );
}

describe("render_prompt of a prompt that includes others", () => {
  const values = { manner: "kind", name: "Ada" };

  it("puts them in their place, at a label, a version or the latest", async () => {
    expect(await render("support/reply", values)).toBe("Be kind.\nAnswer Ada.");
    await create("by/number", "{{> support/tone@2}}");
    await create("by/nothing", "{{>support/tone}} {{> support/tone@latest }}");
    expect(await render("by/number", { manner: "kind" })).toBe("Be very kind.");
    expect(await render("by/nothing", { manner: "kind" })).toBe("Be very kind. Be very kind.");
  });

  it("takes their arguments, and names those that are missing", async () => {
    expect(await ada.call("get_prompt", { name: "support/reply" })).toMatchObject({
      arguments: [{ name: "name" }, { name: "manner", required: true }],
      input_schema: { required: ["name", "manner"] },
    });
    const { items } = await ada.call("list_prompts", { folder: "support" });
    expect(items.find(({ name }: { name: string }) => name === "support/reply").arguments).toHaveLength(2);
    expect(await refusal(render("support/reply", { name: "Ada" }))).toMatchObject({
      code: "invalid_input",
      details: { missing: ["manner"] },
    });
  });

  it("gives what is in a section its items, and lets its arguments be left out", async () => {
    await create("item", "- {{title}}");
    await create("list", "{{#items}}{{> item}}\n{{/items}}");
    expect(await render("list", { items: [{ title: "a" }, { title: "b" }] })).toBe("- a\n- b\n");
  });

  it("includes in the messages of a chat, and includes no chat", async () => {
    const messages = [{ role: "system", content: "{{> support/tone@1}}" }];
    await ada.call("create_prompt", { name: "chat", messages });
    const rendered = await ada.call("render_prompt", { name: "chat", arguments: { manner: "kind" } });
    expect(rendered.messages).toEqual([{ role: "system", content: "Be kind." }]);
    const saved = await create("of-chat", "{{> chat}}");
    expect(codes(saved)).toEqual(["include_problem"]);
    expect(await refusal(render("of-chat"))).toMatchObject({
      code: "conflict",
      message: expect.stringContaining("of-chat includes chat@latest, which is a chat"),
    });
  });

  it("follows a label that moves, and stays where a lock holds it", async () => {
    const { lock } = await ada.call("resolve_prompt", { name: "support/reply" });
    expect(lock).toEqual({
      "support/reply": expect.stringMatching(/^1:[0-9a-f-]{36}:[0-9a-f]{12}$/),
      "support/tone@production": expect.stringMatching(/^1:/),
    });
    await ada.call("set_label", { name: "support/tone", label: "production", version: 2 });
    await update("support/reply", "{{> support/tone@production}} {{name}}!");
    expect(await render("support/reply", values)).toBe("Be very kind. Ada!");
    expect(await render("support/reply", values, { lock })).toBe("Be kind.\nAnswer Ada.");
    const other = { lock: { "support/reply": lock["support/reply"] } };
    expect(await refusal(render("support/reply", values, other))).toMatchObject({
      code: "not_found",
      message: expect.stringContaining("the lock does not name it"),
    });
  });

  it("gives the locked text again when names have become other prompts, and refuses what it cannot give", async () => {
    await create("locked/part", "First.");
    await create("locked/whole", "{{> locked/part}} Whole.");
    const { lock } = await ada.call("resolve_prompt", { name: "locked/whole" });
    for (const name of ["locked/part", "locked/whole"]) {
      await ada.call("rename_prompt", { name, new_name: `${name}-before` });
      await create(name, "Another prompt.");
    }
    for (const name of ["locked/whole", "locked/whole-before"]) {
      expect(await render(name, {}, { lock })).toBe("First. Whole.");
      const used = await ada.call("use_prompt", { name, lock });
      expect(used).toMatchObject({ text: "First. Whole.", why: expect.stringContaining("lock") });
    }
    const refused = async (given: object, ref = "locked/whole") => {
      const byUse = ada.call("use_prompt", { name: ref, ...given });
      const [first, second] = await Promise.all([refusal(render(ref, {}, given)), refusal(byUse)]);
      expect(second).toMatchObject({ code: first.code, message: first.message });
      return first;
    };
    expect(await refused({ lock }, "support/reply")).toMatchObject({ code: "invalid_input" });
    expect(await refused({ lock, version: 1 })).toMatchObject({ code: "invalid_input" });
    expect(await refused({ lock: {} })).toMatchObject({ code: "invalid_input" });
    expect(await refused({ lock: { "locked/whole": "1" } })).toMatchObject({ code: "invalid_input" });
    const otherText = lock["locked/part@latest"].replace(/[^:]+$/, "0123456789ab");
    expect(await refused({ lock: { ...lock, "locked/part@latest": otherText } })).toMatchObject({
      code: "conflict",
    });
    await ada.call("archive_prompt", { name: "locked/part-before" });
    expect(await render("locked/whole", {}, { lock })).toBe("First. Whole.");
    await ada.call("delete_prompt", { name: "locked/part-before", confirm: "locked/part-before" });
    expect(await refused({ lock })).toMatchObject({ code: "not_found" });
  });

  it("names what is missing and who includes it, at save as advice and then as an error", async () => {
    const saved = await create("broken", "{{> support/tone@nowhere}}");
    expect(saved.warnings).toMatchObject([
      { code: "include_problem", message: expect.stringContaining("support/tone@nowhere") },
    ]);
    await create("outer", "{{> broken}}");
    const error = await refusal(render("outer"));
    expect(error).toMatchObject({
      code: "not_found",
      message: expect.stringContaining("broken@latest includes support/tone@nowhere, which is not there"),
      details: { path: ["outer", "broken@latest"] },
    });
    expect((await create("of-nothing", "{{> no/such}}")).warnings[0].message).toContain(
      "no prompt has this name",
    );
  });

  it("finds a prompt by its former name", async () => {
    await create("old-name", "Text");
    await create("by-old-name", "{{> old-name}}");
    await ada.call("rename_prompt", { name: "old-name", new_name: "new-name" });
    expect(await render("by-old-name")).toBe("Text");
    const { items } = await ada.call("who_uses", { name: "new-name" });
    expect(items).toMatchObject([{ name: "by-old-name" }]);
  });
});

describe("prompts that include each other", () => {
  it("are refused at save, with the path", async () => {
    await create("cycle/a", "a");
    await create("cycle/b", "{{> cycle/a}}");
    await create("cycle/c", "{{> cycle/b}}");
    const error = await refusal(update("cycle/a", "{{> cycle/c}}"));
    expect(error).toMatchObject({
      code: "conflict",
      message: expect.stringContaining("cycle/a → cycle/c@latest → cycle/b@latest → cycle/a@latest"),
    });
    expect((await ada.call("get_prompt", { name: "cycle/a" })).version).toBe(1);
    expect(await refusal(create("cycle/self", "{{> cycle/self}}"))).toMatchObject({ code: "conflict" });
  });

  it("are found when a label makes a circle of them", async () => {
    await create("label/a", "a");
    await ada.call("set_label", { name: "label/a", label: "staging", version: 1 });
    await create("label/b", "{{> label/a@staging}}");
    await update("label/a", "{{> label/b}}");
    expect(await render("label/a")).toBe("a");
    await ada.call("set_label", { name: "label/a", label: "staging", version: 2 });
    expect(await refusal(render("label/a"))).toMatchObject({
      code: "conflict",
      details: { cycle: ["label/a", "label/b@latest", "label/a@staging"] },
    });
  });

  it("may be eight deep, and no deeper", async () => {
    await create("deep/0", "end");
    for (let depth = 1; depth <= 9; depth++) await create(`deep/${depth}`, `{{> deep/${depth - 1}}}`);
    expect(await render("deep/8")).toBe("end");
    expect(await refusal(render("deep/9"))).toMatchObject({ code: "too_large", details: { limit: 8 } });
  });

  it("do not explode where each includes the next many times over", async () => {
    await create("diamond/0", "x");
    for (let level = 1; level <= 8; level++) {
      await create(`diamond/${level}`, `{{> diamond/${level - 1}}}`.repeat(10));
    }
    expect((await ada.call("resolve_prompt", { name: "diamond/8" })).includes).toHaveLength(8);
    expect(await refusal(render("diamond/8"))).toMatchObject({ code: "too_large" });
  });
});

describe("resolve_prompt", () => {
  it("shows the tree, each prompt with what it includes once", async () => {
    await create("tree/leaf", "leaf");
    await create("tree/left", "{{> tree/leaf}}");
    await create("tree/root", "{{> tree/left}} {{> tree/leaf}} {{> tree/left}}");
    const resolved = await ada.call("resolve_prompt", { name: "tree/root" });
    expect(resolved.text).toBe(
      "tree/root v1\n  tree/left@latest v1\n    tree/leaf@latest v1\n  tree/leaf@latest v1 (as above)",
    );
    expect(resolved.includes).toMatchObject([
      { depth: 1, name: "tree/left", repeated: false },
      { depth: 2, name: "tree/leaf", version: 1 },
      { depth: 1, name: "tree/leaf", repeated: true },
    ]);
    expect(Object.keys(resolved.lock)).toEqual(["tree/root", "tree/left@latest", "tree/leaf@latest"]);
  });
});

describe("who_uses", () => {
  it("lists live prompts that include one, directly and through others, and where", async () => {
    await create("base", "1");
    await ada.call("set_label", { name: "base", label: "stable", version: 1 });
    await create("direct", "{{> base@stable}}");
    await create("indirect", "{{> direct}}");
    await create("newest", "{{> base}}");
    await create("former", "{{> base}}");
    await update("former", "no more");
    await create("held", "{{> base}}");
    await ada.call("set_label", { name: "held", label: "keep", version: 1 });
    await update("held", "no more");
    await create("gone", "{{> base}}");
    await ada.call("archive_prompt", { name: "gone" });
    const { items, more } = await ada.call("who_uses", { name: "base" });
    expect(more).toBe(false);
    expect(items).toHaveLength(4);
    expect(items).toEqual(
      expect.arrayContaining([
        { name: "direct", version: 1, labels: [], latest: true, at: "stable", through: [] },
        { name: "newest", version: 1, labels: [], latest: true, at: "latest", through: [] },
        { name: "held", version: 1, labels: ["keep"], latest: false, at: "latest", through: [] },
        { name: "indirect", version: 1, labels: [], latest: true, at: "latest", through: ["direct"] },
      ]),
    );
    const stable = await ada.call("who_uses", { name: "base", at: "stable" });
    expect(stable.items.map(({ name }: { name: string }) => name)).toEqual(["direct", "indirect"]);
  });

  it("is warned of by archive_prompt, and what is archived is still included", async () => {
    await create("used", "Used");
    await create("user", "{{> used}}");
    const archived = await ada.call("archive_prompt", { name: "used" });
    expect(archived.warnings).toMatchObject([{ code: "in_use", names: ["user"] }]);
    expect(await render("user")).toBe("Used");
    expect((await ada.call("archive_prompt", { name: "user" })).warnings).toEqual([]);
  });
});

describe("advice on a template", () => {
  it("names sections without an end, and arguments that are unused or not declared", async () => {
    const input_schema = {
      type: "object",
      properties: { a: { type: "string" }, manner: { type: "string" } },
    };
    const saved = await create("advised", "{{#open}} {{b}} {{> support/tone}}", { input_schema });
    expect(saved.warnings).toMatchObject([
      { code: "unclosed_section", positions: [{ start: 0, end: 9, line: 1, column: 1 }] },
      { code: "unused_argument", names: ["a"] },
      { code: "undeclared_argument", names: ["b"] },
    ]);
    expect(codes(await create("fine", "{{#open}}{{b}}{{/open}}"))).toEqual([]);
  });
});
