import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dependencies, LICENCES_PAGE, licencesPage } from "../../scripts/licences-page.ts";

/** Those that ask for nothing but their own text to be kept. */
const PERMISSIVE = [
  "MIT",
  "MIT-0",
  "ISC",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "BlueOak-1.0.0",
  // Given to the public domain.
  "Unlicense",
];

describe("what is installed with PromptForge", () => {
  it.each(dependencies())("$name is under a permissive licence", ({ name, licence = "" }) => {
    const choices = licence.replace(/[()]/g, "").split(" OR ");
    // The lock file has "MIT OR Apache" of packages whose own file says MIT OR Apache-2.0.
    expect(
      choices.some((choice) => PERMISSIVE.includes(choice)),
      `${name}: ${licence || "no licence named"}`,
    ).toBe(true);
  });

  it("is listed in docs/licences.md (if not: npm run docs:licences)", () => {
    expect(readFileSync(LICENCES_PAGE, "utf8")).toBe(licencesPage());
  });
});
