import { z } from "zod";
import { promptRefSchema } from "../../domain/names.ts";
import type { Permission } from "../../domain/roles.ts";
import { createPrompt } from "../../operations/create-prompt.ts";
import { getPrompt } from "../../operations/get-prompt.ts";
import { getVersions } from "../../operations/get-versions.ts";
import { listPrompts } from "../../operations/list-prompts.ts";
import { login } from "../../operations/login.ts";
import { register } from "../../operations/register.ts";
import { authorise } from "../../operations/run-operation.ts";
import { searchPrompts } from "../../operations/search-prompts.ts";
import { updatePrompt } from "../../operations/update-prompt.ts";
import { whoami } from "../../operations/whoami.ts";
import type { Endpoint, Library } from "./endpoint.ts";
import {
  admittedShape,
  hitShape,
  originalPrompt,
  originalVersion,
  promptShape,
  registeredShape,
  versionShape,
} from "./original-shapes.ts";
import { collectPages, linkToRest } from "./page-collection.ts";

const TAG = "Original paths";

/**
 * The paths of the original PromptForge with its shapes, for scripts written for it. Each runs an operation of the
 * catalogue, which checks the input and the permission as everywhere.
 */
export const originalEndpoints: readonly Endpoint[] = [
  {
    id: "original_register",
    title: "Register",
    description: "Makes an account. A role in the body is not an error and grants nothing.",
    tag: TAG,
    method: "post",
    path: "/auth/register",
    status: 201,
    operation: register,
    input: register.input,
    output: registeredShape,
    async answer(library, input) {
      const { user_id, username, tenant_id, role } = await library.call(register, input);
      const message = "User registered successfully";
      return { body: { message, id: user_id, user_id, username, tenant_id, role } };
    },
  },
  {
    id: "original_login",
    title: "Sign in",
    description:
      "Gives an access token for a username and a password, and no refresh token: sign in again when it has expired.",
    tag: TAG,
    method: "post",
    path: "/auth/login",
    status: 200,
    operation: login,
    input: login.input.omit({ refresh: true }),
    output: login.output.omit({ refresh_token: true, refresh_expires_in: true }),
    answer: async (library, input) => ({ body: await library.call(login, { ...input, refresh: false }) }),
  },
  {
    id: "original_me",
    title: "Who am I",
    description: whoami.description,
    tag: TAG,
    method: "get",
    path: "/users/me",
    status: 200,
    operation: whoami,
    input: whoami.input,
    output: whoami.output,
    answer: async (library) => ({ body: await library.call(whoami, {}) }),
  },
  admission("admin_only", "/users/admin-only", "tenant:admin", "Welcome, admin"),
  admission("reviewer_or_admin", "/users/reviewer-or-admin", "prompts:review", "Welcome, reviewer or admin"),
  {
    id: "original_create_prompt",
    title: "Create a prompt",
    description: createPrompt.description,
    tag: TAG,
    method: "post",
    path: "/prompts/create",
    status: 201,
    operation: createPrompt,
    input: createPrompt.input,
    output: promptShape,
    async answer(library, input) {
      const created = await library.call(createPrompt, input);
      return { body: originalPrompt(created, await library.caller()) };
    },
  },
  {
    id: "original_update_prompt",
    title: "Update a prompt",
    description: "Adds a version to the prompt with this id or name.",
    tag: TAG,
    method: "put",
    path: "/prompts/{id}",
    status: 200,
    ifMatch: "expected_version",
    operation: updatePrompt,
    input: updatePrompt.input.omit({ name: true }).extend({ id: promptRefSchema }),
    output: promptShape,
    async answer(library, { id, ...change }) {
      const updated = await library.call(updatePrompt, { ...change, name: id });
      return { body: originalPrompt(updated, await library.caller()) };
    },
  },
  {
    id: "original_list_prompts",
    title: "List prompts",
    description:
      "Gives all prompts with their content, oldest first. Beyond 1,000, or 32 MiB of content, a Link header leads on.",
    tag: TAG,
    method: "get",
    path: "/prompts/list",
    status: 200,
    operation: listPrompts,
    input: listPrompts.input
      .omit({ include_content: true, sort: true })
      .extend({ limit: z.int().min(1).max(1000).default(1000).describe("How many at most") }),
    output: promptShape,
    isList: true,
    async answer(library, input) {
      const query = { sort: "created_at", ...input, include_content: true };
      const { items, next } = await collectPages(query, (page) => library.call(listPrompts, page));
      const caller = await library.caller();
      return {
        body: items.map((item) => originalPrompt({ ...item, content: item.content ?? "" }, caller)),
        headers: linkToRest("/prompts/list", input, next),
      };
    },
  },
  {
    id: "original_get_versions",
    title: "Get a prompt's versions",
    description:
      "Gives the versions of the prompt with this id or name, oldest first. Beyond 1,000, or 32 MiB of content, a Link " +
      "header leads to older ones.",
    tag: TAG,
    method: "get",
    path: "/prompts/{id}/versions",
    status: 200,
    operation: getVersions,
    input: getVersions.input.pick({ cursor: true }).extend({ id: promptRefSchema }),
    output: versionShape,
    isList: true,
    async answer(library, { id, ...query }) {
      const { items, next } = await collectPages({ ...query, name: id }, async (page) => {
        const versions = await library.call(getVersions, page);
        return { ...versions, items: versions.items.map((version) => originalVersion(versions.id, version)) };
      });
      const rest = `/prompts/${encodeURIComponent(String(id))}/versions`;
      return { body: items.reverse(), headers: linkToRest(rest, query, next) };
    },
  },
  {
    id: "original_search_prompts",
    title: "Search prompts",
    description: searchPrompts.description,
    tag: TAG,
    method: "post",
    path: "/prompts/search",
    status: 200,
    operation: searchPrompts,
    input: searchPrompts.input,
    output: hitShape,
    isList: true,
    async answer(library, input) {
      const { items } = await library.call(searchPrompts, input);
      return { body: await Promise.all(items.map((hit) => withContent(library, hit))) };
    },
  },
];

/** A page that only credentials with one permission open; the answer says who was let in. */
function admission(id: string, path: string, permission: Permission, message: string): Endpoint {
  return {
    id: `original_${id}`,
    title: `For those with ${permission}`,
    description: `Says that the credential has the permission ${permission}; others get 403.`,
    tag: TAG,
    method: "get",
    path,
    status: 200,
    operation: whoami,
    demands: permission,
    input: whoami.input,
    output: admittedShape,
    async answer(library) {
      const { user_id, tenant_id, role } = await library.call(whoami, {});
      authorise({ name: path, permission }, await library.caller());
      return { body: { message, user: { user_id, tenant_id, role } } };
    },
  };
}

/** A hit with the whole text of the version that was found. */
async function withContent(
  library: Library,
  hit: z.output<typeof searchPrompts.output>["items"][number],
): Promise<z.infer<typeof hitShape>> {
  const { id, name, title, version, score, passage, why } = hit;
  const { content } = await library.call(getPrompt, { name: id, version });
  return { prompt_id: id, id, name, title, version, score, content, passage, why };
}
