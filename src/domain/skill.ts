import type { Prompt } from "./prompt.ts";

/** A prompt with this tag is served as an Agent Skill, too. */
export const SKILL_TAG = "skill";

/** The file that a skill begins with. */
export const SKILL_FILE = "SKILL.md";

/** What the Agent Skills format lets a skill's name and description be [agentskills.io/specification]. */
const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const MAX_NAME_LENGTH = 64;
const MAX_DESCRIPTION_LENGTH = 1024;

type Source = Pick<Prompt, "name" | "title" | "description"> & { readonly content: string };

/**
 * A prompt as the text of a SKILL.md. `undefined` where its name cannot be a skill's: small letters, digits and single
 * hyphens. The description is what a model decides by; the title stands for it where there is none.
 */
export function skillText({ name, title, description, content }: Source): string | undefined {
  const skill = name.slice(name.lastIndexOf("/") + 1);
  if (!NAME.test(skill) || skill.length > MAX_NAME_LENGTH) return undefined;
  const purpose = (description === "" ? title : description).slice(0, MAX_DESCRIPTION_LENGTH).toWellFormed();
  // A JSON string is a double-quoted YAML scalar.
  return `---\nname: ${skill}\ndescription: ${JSON.stringify(purpose)}\n---\n\n${content}`;
}
