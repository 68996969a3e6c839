/** Writes docs/licences.md from the lock file; a test says when it is stale. */
import { writeFileSync } from "node:fs";
import { LICENCES_PAGE, licencesPage } from "./licences-page.ts";

writeFileSync(LICENCES_PAGE, licencesPage());
