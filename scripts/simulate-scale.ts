/** What a service of a hundred thousand tenants needs, by arithmetic from measured and assumed figures: docs/scaling.md. */
import { parseArgs } from "node:util";
import { DEFAULTS, FIGURES, type Figures } from "./simulate-scale/assumptions.ts";
import { simulationText } from "./simulate-scale/page.ts";
import { simulate } from "./simulate-scale/simulate.ts";

const names = Object.keys(FIGURES);
const { values } = parseArgs({
  options: {
    ...Object.fromEntries(names.map((name) => [name, { type: "string" } as const])),
    json: { type: "boolean" },
    help: { type: "boolean" },
  },
});
if (values["help"] === true) {
  console.log("npm run simulate-scale -- [flags]\n");
  for (const [name, { value, unit, source, why }] of Object.entries(FIGURES)) {
    console.log(
      `  --${`${name} ${value}`.padEnd(34)} ${[unit, source, why].filter((part) => part !== "").join("; ")}`,
    );
  }
  console.log("  --json");
  process.exit(0);
}

const figures: Figures = { ...DEFAULTS };
for (const [name, text] of Object.entries(values)) {
  if (name === "json") continue;
  const value = Number(text);
  if (!(value > 0)) {
    console.error(`--${name} has to be a number above 0; it is '${text}'.`);
    process.exit(2);
  }
  Object.assign(figures, { [name]: value });
}
const result = simulate(figures);
console.log(values["json"] === true ? JSON.stringify(result, undefined, 2) : simulationText(result));
