/** Loaded before a program: tells on standard error which modules of OpenTelemetry are asked for. */
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith("@opentelemetry/")) process.stderr.write(`asked for ${specifier}\n`);
    return next(specifier, context);
  },
});
