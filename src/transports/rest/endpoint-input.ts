import type { Request, Response } from "express";
import { fromText } from "../text-input.ts";
import { type Endpoint, pathFields, takesQuery } from "./endpoint.ts";
import { expectedVersion } from "./entity-tags.ts";
import { tellIgnored } from "./ignored-fields.ts";
import { readJsonObject } from "./json-body.ts";
import { queryOf } from "./query.ts";

/** What a request gives to an operation: query or body, over which go the path's fields and the If-Match header. */
export async function readInput(
  endpoint: Endpoint,
  req: Request,
  res: Response,
): Promise<Record<string, unknown>> {
  const given = takesQuery(endpoint)
    ? fromQuery(endpoint, req, res)
    : await readJsonObject(req, res, endpoint.operation.permission === "public" ? "stranger" : "member");
  return { ...given, ...fromText(endpoint.input, pathValues(endpoint, req)), ...condition(endpoint, req) };
}

/** Takes what the endpoint has, so that the operation does not see the rest: that is told here. */
function fromQuery(endpoint: Endpoint, req: Request, res: Response): Record<string, unknown> {
  const query = queryOf(req);
  tellIgnored(res, endpoint)(Object.keys(query));
  return fromText(endpoint.input, query);
}

function pathValues({ path }: Endpoint, req: Request): Record<string, string> {
  return Object.fromEntries(
    pathFields(path).map((field) => [field, [req.params[field] ?? ""].flat().join("/")]),
  );
}

function condition({ ifMatch }: Endpoint, req: Request): Record<string, unknown> {
  const version = ifMatch === undefined ? undefined : expectedVersion(req.get("If-Match"));
  return ifMatch === undefined || version === undefined ? {} : { [ifMatch]: version };
}
