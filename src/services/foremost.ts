import { isId } from "../domain/names.ts";
import type { PromptFilter } from "../domain/ports/prompt-filter.ts";
import type { CursorPosition } from "../domain/ports/security.ts";
import type { TenantStore } from "../domain/ports/storage.ts";
import type { Prompt } from "../domain/prompt.ts";

/** So many prompts stand in front of a list by use; beyond them a list is better read by name. */
export const FOREMOST = 100;
/** By the uses of so many days, today included. */
export const USED_WITHIN_DAYS = 30;

export interface RankedQuery {
  readonly filter: PromptFilter;
  /** Whose favourites come first. */
  readonly userId: string;
  /** From which day on uses count. */
  readonly since: string;
  /** How many rows at most. */
  readonly limit: number;
}

interface Place {
  /** The ids of the prompts in front, as they were when the first page was read. */
  readonly front: readonly string[];
  /** How many of them were given. */
  readonly given: number;
  /** The last that was given of the others. */
  readonly after?: { readonly key: string; readonly id: string } | undefined;
}

/**
 * A page of prompts: a member's favourites, then what is used most, then all others by name. Who was in front when the first
 * page was read is sealed into the cursor, so that no page misses a prompt or repeats one, however uses change meanwhile.
 */
export async function rankedPage(
  { prompts }: TenantStore,
  { filter, userId, since, limit }: RankedQuery,
  position: CursorPosition | undefined,
): Promise<{ rows: Prompt[]; positionAfter(row: Prompt): CursorPosition }> {
  const known = position && readPlace(position);
  const leading =
    known === undefined
      ? await prompts.foremost({ filter, userId, since, limit: FOREMOST })
      : await again(prompts, filter, known.front.slice(known.given));
  const front = known?.front ?? leading.map(({ id }) => id);
  const rows = leading.slice(0, limit);
  if (rows.length < limit) {
    const others = { filter, sort: "name", descending: false, except: front } as const;
    rows.push(...(await prompts.list({ ...others, limit: limit - rows.length, after: known?.after })));
  }
  return {
    rows,
    positionAfter({ id, name }) {
      const at = front.indexOf(id);
      return placeToPosition(
        at === -1
          ? { front, given: front.length, after: { key: name, id } }
          : { front, given: at + 1, after: undefined },
      );
    },
  };
}

/** Those of some prompts that still pass the filter, in their order. */
async function again(prompts: TenantStore["prompts"], filter: PromptFilter, ids: readonly string[]) {
  if (ids.length === 0) return [];
  const passing = new Set(await prompts.findIds(filter, ids));
  const found = new Map((await prompts.findMany(ids)).map((prompt) => [prompt.id, prompt]));
  return ids.flatMap((id) => (passing.has(id) ? (found.get(id) ?? []) : []));
}

/** Ids are UUIDs, of 16 bytes: as text, a hundred of them would make no cursor. */
function placeToPosition({ front, given, after }: Place): CursorPosition {
  const packed = Buffer.from(front.map((id) => id.replaceAll("-", "")).join(""), "hex").toString("base64url");
  return { key: after?.key ?? "", id: [given, after?.id ?? "", packed].join(":") };
}

function readPlace({ key, id }: CursorPosition): Place {
  const [given = "", last = "", packed = ""] = id.split(":");
  const digits = Buffer.from(packed, "base64url").toString("hex");
  const front = (digits.match(/.{32}/g) ?? []).map((hex) =>
    hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
  );
  return { front, given: Number(given), after: isId(last) ? { key: String(key), id: last } : undefined };
}
