import { z } from "zod";
import { compatible, composed, decomposed } from "./composed.ts";

/**
 * A prompt's name: `folder/slug`, unique in its tenant. Segments are letters and digits of any
 * script, joined by `-`, `_` or `.`, in lower case. A name cannot look like an id, and a segment cannot be
 * one of the words that follow a name in a URI, so that `prompt://a/versions/2` has one reading.
 */
const SEGMENT = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}._-]*[\p{L}\p{N}\p{M}])?$/u;
const RESERVED_SEGMENTS = new Set([
  "versions",
  "labels",
  "archive",
  "restore",
  "rename",
  "render",
  "resolve",
  "similar",
  "tags",
  "uses",
]);
const MAX_SEGMENTS = 8;
export const MAX_NAME_LENGTH = 200;
const MAX_SLUG_LENGTH = 80;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a reference is an id rather than a name. */
export function isId(reference: string): boolean {
  return UUID.test(reference);
}

/** What is wrong with a name, in words for its author; `undefined` when nothing is. */
export function nameProblem(name: string): string | undefined {
  if (name.length === 0 || name.length > MAX_NAME_LENGTH)
    return `A name has 1 to ${MAX_NAME_LENGTH} characters`;
  if (isId(name)) return "A name cannot look like an id";
  if (name !== normalizeName(name)) return "A name is in lower case (Unicode NFC)";
  const segments = name.split("/");
  if (segments.length > MAX_SEGMENTS) return `A name has at most ${MAX_SEGMENTS} parts`;
  for (const segment of segments) {
    if (!SEGMENT.test(segment)) {
      return "A name is made of parts like support/triage: letters, digits, '-', '_' and '.', no spaces, no part empty";
    }
    if (RESERVED_SEGMENTS.has(segment)) return `'${segment}' cannot be a part of a name`;
  }
  return undefined;
}

function normalizeName(name: string): string {
  return composed(name).toLowerCase();
}

export const promptNameSchema = z
  .string()
  .max(MAX_NAME_LENGTH)
  .overwrite((name) => normalizeName(name.trim()))
  .superRefine((name, context) => {
    const problem = nameProblem(name);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  })
  .describe("Name of the prompt, unique in the tenant, such as support/triage");

/** A reference to an existing prompt: its name or its id. */
export const promptRefSchema = z
  .string()
  .min(1)
  .max(MAX_NAME_LENGTH)
  .overwrite((reference) => normalizeName(reference.trim()))
  .describe("Name of the prompt (such as support/triage) or its id");

/** Always means the newest version; no label can be called so. */
export const LATEST = "latest";
export const MAX_LABEL_LENGTH = 50;
/** It begins with a letter, so that in `support/triage@2` a number is a version. */
const LABEL = /^\p{L}(?:[\p{L}\p{N}\p{M}._-]*[\p{L}\p{N}\p{M}])?$/u;

const labelText = z
  .string()
  .max(MAX_LABEL_LENGTH)
  .overwrite((label) => compatible(label.trim()).toLowerCase())
  .regex(
    LABEL,
    `A label has 1 to ${MAX_LABEL_LENGTH} letters, digits and '-', '_', '.', and begins with a letter`,
  );

/** A label that can be set: any but `latest`. */
export const labelSchema = labelText
  .refine((label) => label !== LATEST, "'latest' always means the newest version: it cannot be moved")
  .describe("A label, such as production");

/** A label to read by, `latest` too. */
export const labelRefSchema = labelText.describe("A label, such as production; latest is the newest version");

/**
 * A slug for a prompt that came without a name, from its title or the start of its content.
 * Latin letters lose their accents; other scripts stay as they are.
 */
export function slugFrom(text: string): string {
  const slug = decomposed(text)
    .replace(/[\u0300-\u036f]/g, "")
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, "-")
    .replace(/^[-\p{M}]+|-+$/gu, "");
  const short = slug.length <= MAX_SLUG_LENGTH ? slug : slug.slice(0, MAX_SLUG_LENGTH).replace(/-[^-]*$/, "");
  const usable = short.replace(/[\ud800-\udbff]$/, "").replace(/-+$/, "");
  return nameProblem(usable) === undefined ? usable : "prompt";
}

/** `base`, or `base-2`, `base-3` … : the first that `isTaken` does not hold. */
export function uniqueName(base: string, isTaken: (name: string) => boolean): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}-${n}`;
    if (!isTaken(name)) return name;
  }
}
