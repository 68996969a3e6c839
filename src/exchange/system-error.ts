const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "There is no such file or folder",
  ENOTDIR: "There is no such file or folder",
  EACCES: "It may not be read: permission denied",
  EPERM: "It may not be read: permission denied",
  ELOOP: "Its links lead in a circle",
  ENAMETOOLONG: "The path is too long",
};

/** Why the file system refused, in words; rethrows what did not come from it. */
export function refusalOf(thrown: unknown): string {
  if (!(thrown instanceof Error) || !("code" in thrown) || typeof thrown.code !== "string") throw thrown;
  return REASONS[thrown.code] ?? `It could not be read (${thrown.code})`;
}
