import { readFileSync } from "node:fs";
import { SECRET } from "./setting-problems.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Settings that may hold a secret can lie in a file that `NAME_FILE` names, as Docker and Kubernetes mount them: what is in it,
 * without the line's end, is the setting. `problems`: files that cannot be read, and settings that are given twice.
 */
export function withSettingFiles(
  names: readonly string[],
  given: Environment,
): { readonly settings: Environment; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const read = names
    .filter((name) => SECRET.test(name))
    .flatMap((name): [string, string][] => {
      const path = given[`${name}_FILE`];
      if (path === undefined) return [];
      if (given[name] !== undefined) {
        problems.push(`${name} and ${name}_FILE are both set: set one of them`);
        return [];
      }
      try {
        return [[name, readFileSync(path, "utf8").replace(/\r?\n$/, "")]];
      } catch (error) {
        const code = error instanceof Error && "code" in error ? String(error.code) : "no file";
        problems.push(`${name}_FILE cannot be read (${code})`);
        return [];
      }
    });
  return { settings: { ...given, ...Object.fromEntries(read) }, problems };
}
