/** Writes docs/permissions.md from the catalogue of operations; a test says when it is stale. */
import { writeFileSync } from "node:fs";
import { PERMISSIONS_PAGE, permissionsPage } from "./permissions-page.ts";

writeFileSync(PERMISSIONS_PAGE, permissionsPage());
