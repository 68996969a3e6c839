/** Writes the simulation into docs/scaling.md; a test says when it is stale. */
import { readFileSync, writeFileSync } from "node:fs";
import { SCALING_PAGE, withSimulation } from "./simulate-scale/page.ts";

writeFileSync(SCALING_PAGE, withSimulation(readFileSync(SCALING_PAGE, "utf8")));
