import { z } from "zod";
import type { Operation, RestRoute } from "../../src/operations/define-operation.ts";
import { catalogue } from "../../src/operations/index.ts";
import type { Endpoint } from "../../src/transports/rest/endpoint.ts";
import { originalEndpoints } from "../../src/transports/rest/original-endpoints.ts";
import { runHere } from "../cli/processes.ts";
import { librarySettings, type TestMember } from "../support/library.ts";
import { restClient } from "../support/rest.ts";
import { CLIENTS, type Connection } from "../support/sessions.ts";

export type Era = keyof typeof CLIENTS;
export type Input = Readonly<Record<string, unknown>>;

/** A way to call operations: gives all that the caller is told, whether it went well or not. */
export interface Way {
  call(operation: Operation, input: Input): Promise<unknown>;
  close(): Promise<void>;
}

export function operationOf(name: string): Operation {
  const operation = catalogue.find((candidate) => candidate.name === name);
  if (operation === undefined) throw new Error(`There is no operation ${name}`);
  return operation;
}

export function inProcess(member: TestMember): Way {
  return {
    call: ({ name }, input) =>
      member.call(name, input).catch(({ code, message, details }) => ({ code, message, details })),
    close: async () => undefined,
  };
}

export interface McpWay extends Way {
  /** The names of the tools that the caller is shown, at once or when it asks for more. */
  tools(): Promise<string[]>;
}

export async function overMcp(connection: Connection, era: Era = "HTTP, 2026-07-28"): Promise<McpWay> {
  const client = await CLIENTS[era](connection);
  return {
    async call({ name, mcp }, input) {
      const params =
        mcp === "on_demand"
          ? { name: "call_tool", arguments: { name, arguments: input } }
          : { name, arguments: input };
      const { content, ...rest } = await client.callTool(params);
      // The text is the answer once more; read, so that what is volatile in it can be told from the rest.
      return {
        ...rest,
        content: z
          .array(contentSchema)
          .parse(content)
          .map(({ text }) => readText(text)),
      };
    },
    async tools() {
      const listed = (await client.listTools()).tools.map(({ name }) => name);
      const { structuredContent } = await client.callTool({ name: "find_tools", arguments: {} });
      const found = foundSchema.parse(structuredContent).tools.map(({ name }) => name);
      return [...listed.filter((name) => !REACHING.includes(name)), ...found];
    },
    close: () => client.close(),
  };
}

/** The tools by which the others are found and called. */
const REACHING: readonly string[] = ["find_tools", "call_tool"];

const foundSchema = z.object({ tools: z.array(z.object({ name: z.string() })) });

const contentSchema = z.object({ type: z.literal("text"), text: z.string() });

function readText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Over every route of an operation that the input has the path for. */
export function overRest(connection: Pick<Connection, "url" | "key">): Way {
  return overRoutes(connection, ({ rest }, input) => rest.map((route) => ({ route, input })));
}

/** Over the first route of each operation: once a call, for what must not be done twice. */
export function overFirstRoute(connection: Pick<Connection, "url" | "key">): Way {
  return overRoutes(connection, ({ rest }, input) => rest.slice(0, 1).map((route) => ({ route, input })));
}

/** Over the paths that the operation has from the original PromptForge, which call a prompt's reference `id`. */
export function overOriginalPaths(connection: Pick<Connection, "url" | "key">): Way {
  return overRoutes(connection, (operation, input) => {
    const { name, ...rest } = input;
    return originalPathsOf(operation).map((route) => ({
      route,
      input: fieldsOf(route.path).includes("id") ? { ...rest, id: name } : input,
    }));
  });
}

export function originalPathsOf(operation: Operation): readonly Endpoint[] {
  return originalEndpoints.filter((endpoint) => endpoint.operation === operation);
}

function overRoutes(
  { url, key }: Pick<Connection, "url" | "key">,
  callsOf: (
    operation: Operation,
    input: Input,
  ) => readonly { readonly route: Route; readonly input: Input }[],
): Way {
  const rest = restClient(url, key);
  return {
    call: (operation, given) =>
      Promise.all(
        callsOf(operation, given)
          .filter(({ route, input }) => fieldsOf(route.path).every((field) => field in input))
          .map(async ({ route, input }) => {
            const { path, json } = requestOf(route, input);
            const { status, headers, text, body } = await rest(route.method.toUpperCase(), path, { json });
            const told = Object.fromEntries([...headers].filter(([name]) => TELLING.includes(name)));
            return { status, headers: told, body: body ?? text };
          }),
      ),
    close: async () => undefined,
  };
}

type Route = Pick<RestRoute, "method" | "path">;

/** Headers that are made from the answer. */
const TELLING = ["location", "link", "content-location", "content-disposition", "www-authenticate"];

function fieldsOf(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, field]) => field!);
}

function requestOf({ method, path }: Route, input: Input) {
  const inPath = new Set(fieldsOf(path));
  const rest = Object.entries(input).filter(([field]) => !inPath.has(field));
  const filled = path.replace(/\{(\w+)\}/g, (_, field: string) => encodeURIComponent(String(input[field])));
  if (method !== "get" && method !== "delete") return { path: filled, json: Object.fromEntries(rest) };
  const query = new URLSearchParams();
  for (const [field, value] of rest) query.set(field, String(value));
  return { path: `${filled}?${query}`, json: undefined };
}

/** By the command line, in this process. */
export async function byCommand(
  { dataDir, key }: Pick<Connection, "dataDir" | "key">,
  settings: Readonly<Record<string, string>> = {},
): Promise<Way> {
  const env = {
    PROMPTFORGE_DATA_DIR: dataDir,
    PROMPTFORGE_TOKEN: key,
    ...(await librarySettings(dataDir)),
    ...settings,
  };
  return {
    async call({ cli }, input) {
      const { code, stdout, stderr } = await runHere(argumentsOf(cli!, input), { env });
      return { code, stdout: readText(stdout), stderr: readText(stderr) };
    },
    close: async () => undefined,
  };
}

function argumentsOf(
  { command, positionals = [], json = [] }: NonNullable<Operation["cli"]>,
  input: Input,
): string[] {
  const flags = Object.entries(input)
    .filter(([field]) => !positionals.includes(field))
    .flatMap(([field, value]) =>
      flagsOf(`--${field.replaceAll("_", "-")}`, json.includes(field) ? JSON.stringify(value) : value),
    );
  const words = positionals.flatMap((field) => (field in input ? [String(input[field])] : []));
  return [...command.split(" "), ...flags, "--json", ...words];
}

function flagsOf(flag: string, value: unknown): string[] {
  if (typeof value === "boolean") return value ? [flag] : [];
  if (typeof value !== "object" || value === null) return [`${flag}=${value}`];
  return Object.entries(value).map(([name, text]) => `${flag}=${name}=${text}`);
}
