import { ROLES, type Role } from "../../src/domain/roles.ts";
import type { ServedLibrary } from "../support/rest.ts";
import type { Known } from "./from-schema.ts";

/** Whoever sends the requests: somebody of each role, and somebody without a credential. */
export type CallerName = Role | "stranger";
export const CALLERS: readonly CallerName[] = [...ROLES, "stranger"];

export interface Cast {
  readonly credentials: ReadonlyMap<CallerName, string | undefined>;
  readonly known: Known;
}

let casts = 0;

/** A tenant of its own for some hundred requests: the ones before may have taken everything away. */
export async function newCast(library: ServedLibrary): Promise<Cast> {
  casts += 1;
  const admin = await library.found(`fuzz-${casts}`);
  const prompts = [];
  for (const n of [1, 2, 3]) {
    const content = `Hello {{name}}, prompt ${n}`;
    prompts.push(
      await admin.call("create_prompt", {
        name: `folder/p${n}`,
        title: `Title ${n}`,
        content,
        tags: ["tag"],
      }),
    );
    await admin.call("update_prompt", { name: `folder/p${n}`, content: `${content}, again` });
  }
  const { id: key } = await admin.call("create_api_key", { name: "one" });
  const credentials = new Map<CallerName, string | undefined>([["stranger", undefined]]);
  for (const role of ROLES) {
    credentials.set(role, await (await library.join(admin, `fuzz-${casts}-${role}`, role)).key());
  }
  const cursor = (await admin.call("list_prompts", { limit: 1 })).next_cursor;
  return {
    credentials,
    known: {
      name: ["folder/p1", "folder/p2", prompts[2]?.id, "new/name", "nobody/nothing"],
      id: [prompts[0]?.id, key, "folder/p1"],
      version: [1, 2, 3],
      cursor: [cursor],
      tag: ["tag"],
      folder: ["folder"],
      query: ["hello", "prompt 2"],
      username: [`fuzz-${casts}`, "nobody"],
      password: ["wrong", "correct horse battery staple"],
      expected_version: [1, 2],
    },
  };
}
