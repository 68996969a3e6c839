import type { Operation, RestRoute } from "../../operations/define-operation.ts";
import { type Endpoint, pathFields } from "./endpoint.ts";
import { entityTag } from "./entity-tags.ts";

/** An endpoint for each REST route of each operation. */
export function catalogueEndpoints(catalogue: readonly Operation[]): Endpoint[] {
  return catalogue.flatMap((operation) =>
    operation.rest.map((route, index) => {
      const item = route.status === 201 ? itemPath(catalogue, operation, route) : undefined;
      return {
        id: index === 0 ? operation.name : `${operation.name}_${index + 1}`,
        title: operation.title,
        description: operation.description,
        tag: route.path.split("/")[2] ?? "",
        method: route.method,
        path: route.path,
        status: route.status ?? 200,
        ifMatch: route.ifMatch,
        operation,
        input: operation.input,
        output: operation.output,
        textType: route.textType,
        async answer(library, input) {
          const body: Record<string, unknown> = await library.call(operation, input);
          if (route.textType !== undefined && typeof body["text"] === "string") {
            const disposition = `attachment; filename="${operation.name.replaceAll("_", "-")}"`;
            return { body: body["text"], headers: { "Content-Disposition": disposition } };
          }
          const tag = entityTag(body);
          return {
            body,
            headers: {
              ...(tag === undefined ? {} : { ETag: tag }),
              ...(item === undefined ? {} : { Location: filled(item, body) }),
            },
          };
        },
      } satisfies Endpoint;
    }),
  );
}

/** Where the thing that a route makes can be read: the GET route one field below it, if that field is in the answer. */
function itemPath(
  catalogue: readonly Operation[],
  operation: Operation,
  { path }: RestRoute,
): string | undefined {
  return catalogue
    .flatMap(({ rest }) => rest)
    .find((other) => {
      const [field, ...more] = pathFields(other.path);
      return (
        other.method === "get" &&
        field !== undefined &&
        more.length === 0 &&
        other.path === `${path}/{${field}}` &&
        field in operation.output.shape
      );
    })?.path;
}

function filled(path: string, body: Readonly<Record<string, unknown>>): string {
  return path.replace(/\{(\w+)\}/g, (_text, field: string) =>
    String(body[field]).split("/").map(encodeURIComponent).join("/"),
  );
}
