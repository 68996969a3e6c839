import { folderOf, markOf } from "../file-paths.ts";
import { joinFrontMatter } from "../front-matter.ts";
import { isObject } from "../json-values.ts";
import { readPromptText, textDraft } from "../text-prompt.ts";
import { nameToTell, writeFolder } from "./folder-writer.ts";
import type { FormatReader } from "./format.ts";

/** What the Agent Skills specification allows. */
const SKILL_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const MAX_SKILL_NAME = 64;
const MAX_DESCRIPTION = 1024;

/** The specification's place for what is a client's own: strings under `metadata`. */
const NAME = "promptforge-name";
const TITLE = "promptforge-title";
const TAGS = "promptforge-tags";

/**
 * A SKILL.md of the Agent Skills specification. Its folder names the prompt; its own name counts where it lies in none. A
 * skill has to have a description: one that says the title is none.
 */
export const readSkill: FormatReader = function* ({ path, name, text }) {
  const read = readPromptText(text, { fieldsOf: fieldsOf(name), others: ["metadata"] });
  if ("message" in read) return yield read;
  const { name: own = name, ...fields } = read.fields;
  const found = textDraft({
    ...read,
    path: path.replace(/\/?[^/]*$/, ""),
    name: own,
    fields,
    hasHeadings: true,
  });
  if ("draft" in found && found.draft.description === found.draft.title) {
    const { description: _, ...draft } = found.draft;
    return yield { ...found, draft };
  }
  yield found;
};

function fieldsOf(folder: string) {
  return ({ name, ...values }: Readonly<Record<string, unknown>>): object => {
    const metadata = isObject(values["metadata"]) ? values["metadata"] : {};
    const told = metadata[NAME] ?? (folder === "" ? name : undefined);
    return {
      ...values,
      ...(told === undefined ? {} : { name: told }),
      ...(metadata[TITLE] === undefined ? {} : { title: metadata[TITLE] }),
      ...(metadata[TAGS] === undefined ? {} : { tags: metadata[TAGS] }),
    };
  };
}

export const skillWriter = writeFolder({
  extension: "",
  losses: ["messages", "input_schema", "config", "labels", "change_note"],
  lossesOf: ({ title, description }) =>
    description === title || shortened(description) !== description ? ["description"] : [],
  pathOf(name) {
    const folders = folderOf(name).split("/");
    const last = skillName(name);
    return [...folders.slice(0, -1), last, "SKILL.md"].join("/");
  },
  textOf({ name, title, description, tags, content }, path) {
    const told = nameToTell(name, path);
    const metadata = {
      ...(told === undefined ? {} : { [NAME]: told }),
      [TITLE]: title,
      ...(tags.length === 0 ? {} : { [TAGS]: tags.join(", ") }),
    };
    const fields = {
      name: skillName(name),
      description: shortened(description) || shortened(title),
      metadata,
    };
    return joinFrontMatter(fields, content);
  },
});

/** The last part of a prompt's name as a skill may be called, with a mark where it may not be called so. */
function skillName(name: string): string {
  const part = name.slice(name.lastIndexOf("/") + 1);
  if (part.length <= MAX_SKILL_NAME && SKILL_NAME.test(part)) return part;
  const mark = `-${markOf(name)}`;
  const latin = part.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  const short = latin.slice(0, MAX_SKILL_NAME - mark.length).replace(/-$/, "");
  return short === "" ? `prompt${mark}` : `${short}${mark}`;
}

function shortened(description: string): string {
  return description
    .slice(0, MAX_DESCRIPTION)
    .replace(/[\ud800-\udbff]$/, "")
    .trim();
}
