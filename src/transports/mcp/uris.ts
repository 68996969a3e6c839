/** URIs of prompts. Names hold slashes; clients may write them as they are or percent-encoded. */
const SCHEME = "prompt://";
const VERSIONED = /^(.+)\/versions\/([1-9][0-9]{0,8})$/;

/** RFC 6570, level 1: every client can expand them. */
export const TEMPLATES = {
  latest: `${SCHEME}{name}`,
  version: `${SCHEME}{name}/versions/{version}`,
} as const;

export function promptUri(name: string): string {
  return SCHEME + name.split("/").map(encodeURIComponent).join("/");
}

/** The prompt, and the version, that a URI names; `undefined` when it is not one of ours. */
export function parsePromptUri(uri: string): { name: string; version?: number } | undefined {
  if (!uri.startsWith(SCHEME)) return undefined;
  const path = decode(uri.slice(SCHEME.length));
  if (path === undefined || path === "") return undefined;
  const [, name, version] = VERSIONED.exec(path) ?? [];
  return name === undefined ? { name: path } : { name, version: Number(version) };
}

/** A URI as change notifications spell it, however a client wrote it. */
export function canonicalUri(uri: string): string {
  const { name, version } = parsePromptUri(uri) ?? {};
  return name === undefined || version !== undefined ? uri : promptUri(name);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
