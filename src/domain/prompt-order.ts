import { AppError } from "./errors.ts";
import { SORT_FIELDS, type SortField } from "./ports/storage.ts";

/** The order of a list, as callers write it: a field, with `-` in front for descending. */
export type PromptOrder = SortField | `-${SortField}`;

export const PROMPT_ORDERS: readonly PromptOrder[] = SORT_FIELDS.flatMap((field): PromptOrder[] => [
  field,
  `-${field}`,
]);

/** Throws `invalid_input` when it is no order at all. */
export function readOrder(order: PromptOrder): { readonly sort: SortField; readonly descending: boolean } {
  const sort = SORT_FIELDS.find((field) => order === field || order === `-${field}`);
  if (sort === undefined) throw new AppError("invalid_input", `Sort by one of: ${PROMPT_ORDERS.join(", ")}.`);
  return { sort, descending: order !== sort };
}

/** The order of a list that puts in front what its reader is likely to want: favourites, then what is used most, then by name. */
export const BY_USE = "use";
