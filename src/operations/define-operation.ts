import type { z } from "zod";
import type { CallClass } from "../domain/call-limits.ts";
import type { Actor, CallContext } from "../domain/identity.ts";
import type { Permission } from "../domain/roles.ts";
import type { Services } from "../services/index.ts";

/** What a call does to the library; becomes MCP's tool annotations. */
export interface Effects {
  readonly readOnly: boolean;
  /** Whether it can take something away. */
  readonly destructive: boolean;
  /** Whether doing it twice is the same as doing it once. */
  readonly idempotent: boolean;
}

/** A place of an operation in REST. Input fields not in the path come from the query (GET, DELETE) or the JSON body. */
export interface RestRoute {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** Path with input fields in braces, such as `/v1/prompts/{name}`. */
  readonly path: string;
  readonly status?: 200 | 201;
  /** The input field that an If-Match header fills. */
  readonly ifMatch?: string;
  /** The media type of an answer that has a field `text`: that alone is sent then, as a file. */
  readonly textType?: "text/csv";
}

/** A command of the command line. Fields not in `positionals` are flags. */
export interface CliCommand {
  /** One or two words: `search`, `token create`. */
  readonly command: string;
  readonly positionals?: readonly string[];
  /** A field that may be read from a file with `--file` (`-` for standard input). */
  readonly file?: string;
  /** Whether that field comes from standard input, when it is not given, whatever else is: the call is nothing without it. */
  readonly reads?: true;
  /** Fields that are given as JSON. */
  readonly json?: readonly string[];
  readonly example: string;
}

interface Definition<Input extends z.ZodObject, Output extends z.ZodObject> {
  /** snake_case verb and noun; the file is its kebab-case. */
  readonly name: string;
  readonly title: string;
  /** For models and people: what it does, when to use it, what to use instead. Never holds stored text. */
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  /** Two fields of which a call gives one at most; the first is the usual one. */
  readonly eitherOf?: readonly [string, string];
  readonly effects: Effects;
  /** Which of a tenant's limits its calls count for, where that does not follow from the effects: see `callClassOf`. */
  readonly callClass?: CallClass;
  readonly rest: readonly RestRoute[];
  /**
   * Whether it is an MCP tool. What hands out secrets is not. What is seldom needed is one `on_demand`: not in the list that
   * every conversation begins with, but found by the tool `find_tools` and called by `call_tool`.
   */
  readonly mcp: boolean | "on_demand";
  /** Whether its answer holds a secret, which is kept nowhere: not even for a call that is to be done once. */
  readonly secretAnswer?: true;
  readonly cli?: CliCommand;
  /** Whether a tenant that is being deleted still has it: what concerns the person, and what takes that back. */
  readonly whileEnding?: true;
}

/** An operation that a member calls. */
export interface MemberOperation<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> extends Definition<Input, Output> {
  readonly permission: Permission;
  /** A second one, where what it answers is another permission's to show. */
  readonly alsoNeeds?: Permission;
  handler(services: Services, input: z.output<Input>, caller: Actor): Promise<z.input<Output>>;
}

/** An operation that needs no credential: registering and signing in. */
export interface PublicOperation<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> extends Definition<Input, Output> {
  readonly permission: "public";
  handler(services: Services, input: z.output<Input>, call: CallContext): Promise<z.input<Output>>;
}

export type Operation = MemberOperation | PublicOperation;

/** The limit that an operation's calls count for. */
export function callClassOf({ permission, callClass, effects }: Operation): CallClass {
  if (permission === "public") return "sign_in";
  return callClass ?? (effects.readOnly ? "reads" : "writes");
}

/** Whether it makes a difference how often an operation is called, so that a caller may ask for once. */
export function canBeOnce({ permission, effects }: Operation): boolean {
  return permission !== "public" && !effects.readOnly && !effects.idempotent;
}

/** Gives a definition its types; does nothing else. */
export function defineOperation<Input extends z.ZodObject, Output extends z.ZodObject>(
  operation: MemberOperation<Input, Output>,
): MemberOperation<Input, Output> {
  return operation;
}

/** As defineOperation, for an operation without a caller. */
export function definePublicOperation<Input extends z.ZodObject, Output extends z.ZodObject>(
  operation: PublicOperation<Input, Output>,
): PublicOperation<Input, Output> {
  return operation;
}

/** All permissions that a member needs for an operation. */
export function permissionsFor(operation: Pick<MemberOperation, "permission" | "alsoNeeds">): Permission[] {
  const { permission, alsoNeeds } = operation;
  return alsoNeeds === undefined ? [permission] : [permission, alsoNeeds];
}
