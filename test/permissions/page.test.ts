import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { PERMISSIONS_PAGE, permissionsPage } from "../../scripts/permissions-page.ts";

it("docs/permissions.md is what the catalogue says (if not: npm run docs:permissions)", () => {
  expect(readFileSync(PERMISSIONS_PAGE, "utf8")).toBe(permissionsPage());
});
