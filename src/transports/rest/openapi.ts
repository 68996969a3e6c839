import { z } from "zod";
import { ERROR_CODES, type ErrorCode } from "../../domain/errors.ts";
import { canBeOnce } from "../../operations/define-operation.ts";
import { objectJsonSchema } from "../json-schema.ts";
import { type Endpoint, pathFields, takesQuery } from "./endpoint.ts";
import { exampleOf, exampleProblem } from "./openapi-examples.ts";
import { PROBLEMS, problemSchema } from "./problem.ts";

type Json = Readonly<Record<string, unknown>>;

const DESCRIPTION = `Store, version, search by meaning and share prompts.

Sign in with \`POST /v1/auth/login\` or make an API key, and send it as \`Authorization: Bearer …\`. Lists are paged: give
\`next_cursor\` as \`cursor\` to get the next page. Prompts come with an \`ETag\`; send it as \`If-Match\` with a change to be
sure that nobody else made one, and as \`If-None-Match\` to read again only what has changed. \`RateLimit\` tells how many more
calls are allowed; one too many is answered with 429 and \`Retry-After\`. Errors are problem documents (RFC 9457) with a stable
\`code\`. Names may hold slashes; write them as they are or as \`%2F\`.`;

/** The OpenAPI 3.1 document of a list of endpoints, from the same schemas that check their input. */
export function openApiDocument(
  endpoints: readonly Endpoint[],
  about: { readonly version: string; readonly publicUrl?: string | undefined },
): Json {
  const answers = answerSchemas(endpoints);
  const paths = Map.groupBy(endpoints, (endpoint) => endpoint.path);
  return {
    openapi: "3.1.0",
    info: {
      title: "PromptForge",
      version: about.version,
      description: DESCRIPTION,
      license: { name: "MIT" },
    },
    servers: serversOf(about.publicUrl),
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    security: [{ bearer: [] }],
    paths: Object.fromEntries(
      [...paths].map(([path, group]) => [
        path,
        Object.fromEntries(group.map((endpoint) => [endpoint.method, operationOf(endpoint, answers)])),
      ]),
    ),
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An API key (pf_…) or an access token" },
      },
      schemas: {
        Problem: objectJsonSchema(problemSchema, "output"),
        ...Object.fromEntries(
          [...answers].map(([schema, name]) => [name, objectJsonSchema(schema, "output")]),
        ),
      },
      responses: Object.fromEntries(
        ERROR_CODES.map((code) => [code, problemResponse(code, PROBLEMS[code].status, PROBLEMS[code].title)]),
      ),
    },
  };
}

/** The relative address is where the document was read from: it works under every name of the server. */
function serversOf(publicUrl: string | undefined): Json[] {
  return [...(publicUrl === undefined ? [] : [{ url: publicUrl.replace(/\/+$/, "") }]), { url: "/" }];
}

/** Names for the schemas of answers; several operations give the same one. */
function answerSchemas(endpoints: readonly Endpoint[]): Map<z.ZodObject, string> {
  const names = new Map<z.ZodObject, string>();
  for (const { output, id } of endpoints) if (!names.has(output)) names.set(output, `${id}_answer`);
  return names;
}

function operationOf(endpoint: Endpoint, answers: ReadonlyMap<z.ZodObject, string>): Json {
  const body = bodyOf(endpoint);
  const answer = { $ref: `#/components/schemas/${answers.get(endpoint.output)}` };
  return {
    operationId: endpoint.id,
    summary: endpoint.title,
    description: endpoint.description,
    tags: [endpoint.tag],
    ...(endpoint.operation.permission === "public" ? { security: [] } : {}),
    parameters: parametersOf(endpoint),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: {
      [endpoint.status]: {
        description: endpoint.status === 201 ? "Made" : "Done",
        content: {
          "application/json": { schema: endpoint.isList ? { type: "array", items: answer } : answer },
          ...(endpoint.textType === undefined ? {} : { [endpoint.textType]: { schema: { type: "string" } } }),
        },
      },
      ...problemsOf(endpoint),
      default: { $ref: "#/components/responses/internal" },
    },
  };
}

function parametersOf(endpoint: Endpoint): Json[] {
  const { properties, required } = inputSchema(endpoint);
  const inPath = pathFields(endpoint.path);
  const inQuery = takesQuery(endpoint)
    ? Object.keys(properties).filter((name) => !inPath.includes(name))
    : [];
  const parameter = (place: string, name: string, isRequired: boolean): Json => {
    const { description, ...schema } = properties[name] ?? {};
    return { name, in: place, required: isRequired, ...(description ? { description } : {}), schema };
  };
  return [
    ...inPath.map((name) => parameter("path", name, true)),
    ...inQuery.map((name) => parameter("query", name, required.includes(name))),
    ...(endpoint.ifMatch === undefined ? [] : [IF_MATCH]),
    ...(canBeOnce(endpoint.operation) ? [IDEMPOTENCY_KEY] : []),
  ];
}

const IF_MATCH = {
  name: "If-Match",
  in: "header",
  required: false,
  description:
    "The ETag of the version that the change was made from; another one by now is refused with 412",
  schema: { type: "string", examples: ['"v3"'] },
};

const IDEMPOTENCY_KEY = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description:
    "A key of your own, such as a UUID: sent again with it within 24 hours, the call is not done again but answered as before",
  schema: { type: "string", maxLength: 255, examples: ["8e03978e-40d5-43e8-bc93-6894a57f9324"] },
};

function bodyOf(endpoint: Endpoint): Json | undefined {
  if (takesQuery(endpoint)) return undefined;
  const { properties, required } = inputSchema(endpoint);
  const elsewhere = pathFields(endpoint.path);
  const own = Object.entries(properties).filter(([name]) => !elsewhere.includes(name));
  if (own.length === 0) return undefined;
  const needed = required.filter((name) => !elsewhere.includes(name));
  const schema = { type: "object", properties: Object.fromEntries(own), required: needed };
  const { eitherOf } = endpoint.operation;
  const proposed = own.filter(([name]) => name !== eitherOf?.[1]);
  const example = Object.fromEntries(proposed.map(([name, property]) => [name, exampleOf(property)]));
  return {
    required: needed.length > 0 || eitherOf !== undefined,
    content: { "application/json": { schema, example } },
  };
}

function problemsOf(endpoint: Endpoint): Json {
  const hasBody = bodyOf(endpoint) !== undefined;
  const codes: ErrorCode[] = [
    "invalid_input",
    "unauthenticated",
    "forbidden",
    ...(pathFields(endpoint.path).length > 0 ? (["not_found"] as const) : []),
    ...(endpoint.operation.effects.readOnly ? [] : (["conflict"] as const)),
    ...(endpoint.ifMatch === undefined ? [] : (["precondition_failed"] as const)),
    ...(canBeOnce(endpoint.operation) ? (["key_reused"] as const) : []),
    ...(hasBody ? (["too_large"] as const) : []),
    "rate_limited",
  ];
  return {
    ...Object.fromEntries(
      codes.map((code) => [PROBLEMS[code].status, { $ref: `#/components/responses/${code}` }]),
    ),
    ...(hasBody ? { 415: problemResponse("invalid_input", 415, "The body is not JSON in UTF-8") } : {}),
  };
}

function problemResponse(code: ErrorCode, status: number, description: string): Json {
  const schema = { $ref: "#/components/schemas/Problem" };
  const example = exampleProblem(code, status, description);
  return { description, content: { "application/problem+json": { schema, example } } };
}

const objectSchema = z.object({
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  required: z.array(z.string()).default([]),
});

function inputSchema({ input }: Endpoint): z.infer<typeof objectSchema> {
  return objectSchema.parse(objectJsonSchema(input, "input"));
}
