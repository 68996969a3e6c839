import fc from "fast-check";
import type { Operation } from "../../src/operations/define-operation.ts";
import { catalogue } from "../../src/operations/index.ts";
import { catalogueEndpoints } from "../../src/transports/rest/catalogue-endpoints.ts";
import { type Endpoint, pathFields, takesQuery } from "../../src/transports/rest/endpoint.ts";
import { originalEndpoints } from "../../src/transports/rest/original-endpoints.ts";
import { inputFrom, type Known } from "./from-schema.ts";
import { hostileBody, hostileText } from "./hostile.ts";

/** What is sent, less who sends it. */
export interface FuzzRequest {
  /** For the message, should it fail. */
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
}

/** Every route of REST, the original's among them. */
export const ENDPOINTS = [...catalogueEndpoints(catalogue), ...originalEndpoints];
/** Every tool of MCP. */
export const TOOLS = catalogue.filter(({ mcp }) => mcp);

const JSON_TYPE = { "Content-Type": "application/json" };

export function fuzzRequests(known: Known): fc.Arbitrary<FuzzRequest> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...ENDPOINTS).chain((endpoint) => restRequest(endpoint, known)) },
    { weight: 2, arbitrary: fc.constantFrom(...TOOLS).chain((tool) => toolCall(tool, known)) },
    { weight: 1, arbitrary: protocolCall(known) },
  );
}

function restRequest(endpoint: Endpoint, known: Known): fc.Arbitrary<FuzzRequest> {
  const { method, path } = endpoint;
  const what = `${method} ${path}`;
  const inPath = pathFields(path);
  return fc
    .record({
      input: inputFrom(endpoint.input, known),
      raw: seldom(10, hostileBody),
      header: seldom(10, headerText),
    })
    .map(({ input, raw, header }) => {
      const address = path.replace(/\{(\w+)\}/g, (_, field: string) =>
        encoded(input[field] ?? known["name"]?.[0]),
      );
      const rest = Object.entries(input).filter(([field]) => !inPath.includes(field));
      const headers = header === null ? {} : { "If-Match": header, "X-Request-Id": header };
      if (takesQuery(endpoint)) {
        const query = rest.map(([field, value]) => `${encoded(field)}=${encoded(value)}`).join("&");
        return { what, method: method.toUpperCase(), path: `${address}?${query}`, headers, body: null };
      }
      const body = raw ?? JSON.stringify(Object.fromEntries(rest));
      return {
        what,
        method: method.toUpperCase(),
        path: address,
        headers: { ...JSON_TYPE, ...headers },
        body,
      };
    });
}

function toolCall(tool: Operation, known: Known): fc.Arbitrary<FuzzRequest> {
  const call = inputFrom(tool.input, known).map((input) => ({ name: tool.name, arguments: input }));
  return messages(`tool ${tool.name}`, fc.constant("tools/call"), call);
}

/** What is no tool: prompts, resources, completions, and methods that there are not. */
function protocolCall(known: Known): fc.Arbitrary<FuzzRequest> {
  const text = fc.oneof(hostileText, fc.constantFrom(...(known["name"] ?? []).map(String)));
  const uri = text.map((name) => `prompt://${name}`);
  const params = fc.oneof(
    fc.record({ name: text, arguments: fc.dictionary(text, text, { maxKeys: 3 }) }),
    fc.record({ uri }),
    fc.record({ cursor: text }),
    fc.record({
      ref: fc.oneof(
        fc.record({
          type: fc.constant("ref/resource"),
          uri: fc.constantFrom("prompt://{name}", "prompt://{name}/versions/{version}"),
        }),
        fc.record({ type: fc.constant("ref/prompt"), name: text }),
      ),
      argument: fc.record({ name: fc.constantFrom("name", "version", "__proto__"), value: text }),
      context: fc.record({ arguments: fc.record({ name: text }) }),
    }),
    fc.jsonValue(),
  );
  const method = fc.constantFrom(
    "prompts/get",
    "prompts/list",
    "resources/read",
    "resources/list",
    "resources/templates/list",
    "completion/complete",
    "tools/list",
    "tools/call",
    "logging/setLevel",
    "__proto__",
  );
  return messages("MCP", method, params);
}

const REVISION = "2026-07-28";

/** A message of either era of the protocol. */
function messages(
  what: string,
  methods: fc.Arbitrary<string>,
  calls: fc.Arbitrary<unknown>,
): fc.Arbitrary<FuzzRequest> {
  return fc
    .record({
      method: methods,
      params: calls,
      modern: fc.boolean(),
      raw: seldom(20, hostileBody),
    })
    .map(({ method, params, modern, raw }) => {
      const isRecord = typeof params === "object" && params !== null && !Array.isArray(params);
      const meta = {
        "io.modelcontextprotocol/protocolVersion": REVISION,
        "io.modelcontextprotocol/clientInfo": { name: "fuzz", version: "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
      };
      const message = {
        jsonrpc: "2.0",
        id: 1,
        method,
        params: modern && isRecord ? { ...params, _meta: meta } : params,
      };
      const name = isRecord
        ? Object.entries(params).find(([field]) => field === "name" || field === "uri")?.[1]
        : "";
      const era: Record<string, string> = modern
        ? { "MCP-Protocol-Version": REVISION, "Mcp-Method": method, ...mcpName(String(name ?? "")) }
        : {};
      return {
        what: `${what}, ${modern ? "modern" : "legacy"} ${method}`,
        method: "POST",
        path: "/mcp",
        headers: { ...JSON_TYPE, Accept: "application/json, text/event-stream", ...era },
        body: raw ?? JSON.stringify(message),
      };
    });
}

/** One time in so many; otherwise `null`. */
function seldom<T>(times: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: times - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

/** Only where a header can hold it. */
function mcpName(name: string): Record<string, string> {
  return /^[\x21-\x7e]+$/.test(name) && name.length < 4_000 ? { "Mcp-Name": name } : {};
}

/** A header can hold neither control characters nor most of the others. */
const headerText = hostileText.filter((text) => /^[\x20-\x7e]{1,4000}$/.test(text));

/** An address cannot hold half a character. */
function encoded(part: unknown): string {
  const written = typeof part === "string" ? part : (JSON.stringify(part) ?? "");
  return encodeURIComponent(written.toWellFormed().slice(0, 8_000)) || "%20";
}
