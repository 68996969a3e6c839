import type { TenantStore } from "../domain/ports/storage.ts";
import type { PromptView } from "../domain/prompt.ts";
import { argumentsOf } from "../domain/prompt-arguments.ts";
import { composedSchema, createComposer } from "./composition.ts";
import { compositionOrNone } from "./prompt-reading.ts";

/** Prompts as lists show them, with the arguments of what they include. What cannot be put together keeps its own. */
export async function withIncludedArguments<View extends PromptView>(
  store: TenantStore,
  views: readonly View[],
): Promise<View[]> {
  const uses = await store.includes.of(views.map(({ id, version }) => ({ promptId: id, version })));
  if (uses.length === 0) return [...views];
  const including = new Set(uses.map(({ promptId }) => promptId));
  const composer = createComposer(store);
  const joined: View[] = [];
  for (const view of views) {
    joined.push(including.has(view.id) ? await withArguments(view) : view);
  }
  return joined;

  async function withArguments(view: View): Promise<View> {
    const prompt = await store.prompts.find({ id: view.id });
    const version = await store.versions.find(view.id, view.version);
    if (prompt === undefined || version === undefined) return view;
    const composition = await compositionOrNone(store, prompt, version, composer);
    return composition === undefined
      ? view
      : { ...view, arguments: argumentsOf(composedSchema(composition)) };
  }
}
