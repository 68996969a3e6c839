/**
 * Runs the authorization-server scenarios of the public MCP conformance suite against PromptForge, as it is delivered:
 *
 *   node scripts/conformance-auth.ts
 *
 * All of them, among them a whole code grant, in which somebody signs in and consents on the pages. Ends with 0 only when both pass.
 */
import { freePort, runAuthorizationSuite } from "../test/conformance/authorization.ts";
import { oauthScript } from "../test/support/oauth-script.ts";
import { agreeing } from "../test/support/people.ts";
import { serveLibrary } from "../test/support/rest.ts";

const SCENARIOS = ["authorization-server-metadata-endpoint", "authorization-code-grant"];

const library = await serveLibrary();
try {
  await library.found("ada");
  const port = await freePort();
  const client = await oauthScript(library).register({
    redirect_uris: [`http://127.0.0.1:${port}/callback`],
  });
  const { passed, output } = await runAuthorizationSuite(
    [
      "--url",
      library.url,
      "--client-id",
      client.body.client_id,
      "--port",
      String(port),
      "--resource",
      `${library.url}/mcp`,
    ],
    agreeing(library.url, "ada"),
  );
  console.log(output);
  const without = SCENARIOS.filter(
    (scenario) => !new RegExp(`✓ ${scenario}: [1-9]\\d* passed, 0 failed`).test(output),
  );
  for (const scenario of without) console.error(`${scenario} did not pass`);
  if (!passed || without.length > 0) process.exitCode = 1;
} finally {
  await library.close();
}
