import { createHash } from "node:crypto";
import { z } from "zod";
import { AppError } from "../../domain/errors.ts";

const versionedSchema = z.object({ version: z.int(), archived_at: z.string().nullable() });

/**
 * The strong validator of an answer that is a version of a prompt, such as `"v3-5f2c1b0a9d8e"`; `undefined` for others.
 * The digest is of the whole answer: it changes with what the version's number does not tell (archived, restored, a
 * newer version, another tenant's prompt of the same name), so that a 304 is never given for another answer.
 */
export function entityTag(body: Readonly<Record<string, unknown>>): string | undefined {
  const versioned = versionedSchema.safeParse(body);
  if (!versioned.success) return undefined;
  // Advice that came with a change is no part of what is read afterwards.
  const { warnings: _advice, ...prompt } = body;
  const digest = createHash("sha256").update(JSON.stringify(prompt)).digest("hex").slice(0, 12);
  return `"v${versioned.data.version}-${digest}"`;
}

const TAG = /^\s*(?:W\/)?"v?([1-9]\d{0,8})(?:-[0-9a-f]+)?"\s*$/;

/**
 * The version that an If-Match header asks for: `"v3-…"` as our answers give it, and `"v3"`, `"3"` for those who write it
 * by hand. `undefined` where there is no condition. Throws `precondition_failed` for a tag that cannot be one of ours.
 */
export function expectedVersion(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === "*") return undefined;
  const version = TAG.exec(ifMatch)?.[1];
  if (version !== undefined) return Number(version);
  throw new AppError(
    "precondition_failed",
    'If-Match names no version of a prompt. Send the ETag of the answer you read, such as "v3".',
  );
}
