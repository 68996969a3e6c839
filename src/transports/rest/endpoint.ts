import type { z } from "zod";
import type { Caller } from "../../domain/identity.ts";
import type { Permission } from "../../domain/roles.ts";
import type { Operation } from "../../operations/define-operation.ts";
import type { Call, RunOperation } from "../../operations/run-operation.ts";

/** What an endpoint answers with. */
export interface Answer {
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The library as one request may use it. */
export interface Library {
  /** Runs an operation as the request's caller. */
  call<Op extends Operation>(operation: Op, input: unknown): Promise<z.output<Op["output"]>>;
  /** Who calls, looked up once for a request. Throws `unauthenticated`. */
  caller(): Promise<Caller>;
}

/** A method on a path. Routes and the OpenAPI document are both made from a list of these. */
export interface Endpoint {
  /** Unique name, for generated clients. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly tag: string;
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** Path with input fields in braces. */
  readonly path: string;
  readonly status: 200 | 201;
  /** The input field that an If-Match header fills. */
  readonly ifMatch?: string | undefined;
  /** The operation behind it: its permission counts. */
  readonly operation: Operation;
  /** A permission that it needs beside the operation's. */
  readonly demands?: Permission;
  /** All that is taken from path, query and body. The operation checks it; here it says which texts are numbers. */
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  /** Whether the answer is an array of `output`. */
  readonly isList?: boolean;
  /** The media type of answers that are a text; none where all are JSON. */
  readonly textType?: string | undefined;
  answer(library: Library, input: Record<string, unknown>): Promise<Answer>;
}

/** The input fields in a path, in order. */
export function pathFields(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
}

/** Whether input that is not in the path comes from the query string rather than from a body. */
export function takesQuery(endpoint: Pick<Endpoint, "method">): boolean {
  return endpoint.method === "get" || endpoint.method === "delete";
}

/** @param call authenticates anew each time it is asked to; here once for a request. */
export function openLibrary(run: RunOperation, call: Call): Library {
  let known: Promise<Caller> | undefined;
  const caller = () => {
    known ??= call.authenticate();
    return known;
  };
  return {
    caller,
    call<Op extends Operation>(operation: Op, input: unknown) {
      // Boundary: run has parsed its answer with this operation's own output schema.
      return run(operation, input, { ...call, authenticate: caller }) as Promise<z.output<Op["output"]>>;
    },
  };
}
