import { AppError } from "../domain/errors.ts";
import type { Caller } from "../domain/identity.ts";
import type { Lock } from "./lock.ts";
import type { VersionChoice } from "./lookup.ts";
import type { LockedChoice } from "./prompt-reading.ts";
import type { PromptService } from "./prompts.ts";
import type { SearchService } from "./search.ts";

/** The label at which teams keep what they have agreed to use. */
const IN_USE = "production";

/** How many fitting prompts are looked at: the best is used, the others are named. */
const CONSIDERED = 4;

type Values = Parameters<PromptService["render"]>[3];
type Rendered = Awaited<ReturnType<PromptService["render"]>>;

export interface PromptUse {
  /** What the prompt is to be for, in the caller's words. Either this or `ref` is given. */
  readonly task?: string | undefined;
  readonly ref?: string | undefined;
  readonly version?: number | undefined;
  readonly label?: string | undefined;
  /** Goes with `ref`. */
  readonly lock?: Lock | undefined;
  readonly values: Values;
}

export interface Alternative {
  readonly name: string;
  readonly title: string;
  readonly similarity: number | null;
}

export type UsedPrompt = {
  readonly found: boolean;
  /** Which prompt and version was chosen, and why. */
  readonly why: string;
  /** What else fits the task, or is nearest to it where nothing fits; best first. */
  readonly alternatives: Alternative[];
} & Partial<Rendered & { readonly label: string | null }>;

export type PromptUseService = ReturnType<typeof createPromptUseService>;

/** Finding, choosing and filling a prompt in one step. */
export function createPromptUseService(deps: {
  readonly prompts: Pick<PromptService, "get" | "render">;
  readonly search: Pick<SearchService, "search">;
}) {
  const { prompts, search } = deps;

  return {
    /**
     * Fills the prompt that is named, or the one that fits a task best: at the version or label asked for, else at
     * `production` where it has that label, else the latest. Where nothing fits, nothing is filled. Throws `invalid_input`
     * for missing and unknown arguments, naming them and the prompt.
     */
    async use(caller: Caller, { task, ref, version, label, lock, values }: PromptUse): Promise<UsedPrompt> {
      if ((task === undefined) === (ref === undefined)) {
        throw new AppError(
          "invalid_input",
          "Give either task, to look for a prompt, or name, to use that one.",
        );
      }
      if (lock !== undefined && ref === undefined) {
        throw new AppError("invalid_input", "A lock is one prompt's: give its name, not a task.");
      }
      const found = task === undefined ? named(ref ?? "") : await fitting(caller, task, label);
      if (found.ref === undefined) return { found: false, why: found.why, alternatives: found.alternatives };
      const choice = await chooseVersion(caller, found.ref, { version, label, lock });
      const rendered = await prompts.render(caller, found.ref, choice.at, values).catch((error: unknown) => {
        throw task === undefined ? error : withChosen(error, found, choice.at);
      });
      return {
        found: true,
        ...rendered,
        label: choice.at.label ?? null,
        why: `${found.why} ${choice.why}`,
        alternatives: found.alternatives,
      };
    },
  };

  async function fitting(caller: Caller, query: string, label: string | undefined) {
    const { items, nothing_relevant, closest, confidence } = await search.search(caller, {
      query,
      limit: CONSIDERED,
      ...(label === undefined ? {} : { label }),
    });
    const [best, ...others] = items;
    if (nothing_relevant || best === undefined) {
      const why =
        "Nothing in the library fits the task. To use one of the nearest all the same, call again with its name.";
      return { ref: undefined, name: undefined, why, alternatives: closest.map(alternative) };
    }
    const why = `It fits the task best of what was found (confidence ${confidence.toFixed(2)}).`;
    return { ref: best.id, name: best.name, why, alternatives: others.map(alternative) };
  }

  async function chooseVersion(
    caller: Caller,
    ref: string,
    { version, label, lock }: Pick<PromptUse, "version" | "label" | "lock">,
  ): Promise<{ readonly at: LockedChoice; readonly why: string }> {
    if (lock !== undefined)
      return { at: { version, label, lock }, why: "The version is the one in the lock." };
    if (version !== undefined || label !== undefined) {
      return { at: { version, label }, why: "The version is the one that was asked for." };
    }
    const { labels } = await prompts.get(caller, ref, {});
    return Object.hasOwn(labels, IN_USE)
      ? { at: { label: IN_USE }, why: `The version is the one at ${IN_USE}.` }
      : { at: {}, why: `The version is the latest, since none is at ${IN_USE}.` };
  }
}

function named(ref: string) {
  return { ref, name: ref, why: "It was named.", alternatives: [] };
}

function alternative({ name, title, similarity }: Alternative): Alternative {
  return { name, title, similarity };
}

/** The same error, with which prompt it is about: who asked by a task does not know. */
function withChosen(
  error: unknown,
  { ref, name }: { readonly ref: string; readonly name: string },
  { version, label }: VersionChoice,
) {
  if (!(error instanceof AppError)) return error;
  return new AppError(error.code, `${error.message} The prompt that fits best is ${name}.`, {
    ...error.details,
    prompt: { ref, version, label },
  });
}
