import type { App } from "../../app.ts";
import type { Check } from "./doctor-checks.ts";
import { finding } from "./doctor-library-checks.ts";

/** For each identity provider whether it answers as it should, and whether the tenants that it opens are there. */
export function providerChecks(app: App): Promise<Check>[] {
  return app.issuers.map((issuer) =>
    finding(`provider ${issuer.provider.name}`, async () => {
      const { provider } = issuer;
      const problem = await issuer.metadata().then(() => undefined, causeOf);
      if (problem !== undefined) return { status: "fail", message: `${provider.issuer}: ${problem}` };
      const missing = await app.storage.directory.read(async (store) => {
        const found = await Promise.all(provider.tenants.map((id) => store.hasTenant(id)));
        return provider.tenants.filter((_, at) => found[at] !== true);
      });
      if (missing.length > 0) {
        return {
          status: "fail",
          message: `It opens tenants that are not there: ${missing.join(", ")}. See yours with \`promptforge whoami\`.`,
        };
      }
      return {
        status: "ok",
        message: `${provider.issuer} answers, for ${provider.tenants.length} tenant${provider.tenants.length === 1 ? "" : "s"}`,
      };
    }),
  );
}

/** What a caller is only told in general, the operator is told as it is. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? causeOf(error.cause) : error.message;
}
