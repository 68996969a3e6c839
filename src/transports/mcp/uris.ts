import { LATEST } from "../../domain/names.ts";

/** URIs of prompts. Names hold slashes; clients may write them as they are or percent-encoded. */
const SCHEME = "prompt://";
const VERSIONED = /^(.+)\/versions\/([1-9][0-9]{0,8})$/;
const RENDERED = /^(.+)\/render\/([^/]*)$/;
const LABELLED = /^(.+)\/labels\/([^/]+)$/;

/** RFC 6570, level 1: every client can expand them. */
export const TEMPLATES = {
  latest: `${SCHEME}{name}`,
  version: `${SCHEME}{name}/versions/{version}`,
  label: `${SCHEME}{name}/labels/{label}`,
  /** The arguments as a form has them: `product=Tea&tone=kind`. */
  rendered: `${SCHEME}{name}/render/{arguments}`,
} as const;

export function promptUri(name: string): string {
  return SCHEME + name.split("/").map(encodeURIComponent).join("/");
}

export function versionUri(name: string, version: number): string {
  return `${promptUri(name)}/versions/${version}`;
}

export function labelUri(name: string, label: string): string {
  return `${promptUri(name)}/labels/${encodeURIComponent(label)}`;
}

/** The prompt that a URI asks to be filled, and the values; `undefined` where it asks for something else. */
export function parseRenderUri(
  uri: string,
): { readonly name: string; readonly values: Record<string, string> } | undefined {
  const [, address = "", form = ""] = RENDERED.exec(uri) ?? [];
  const name = parsePromptUri(address)?.name;
  // A client that expands the template encodes the whole form, one that writes the address itself only what is in it.
  const text = form.includes("=") ? form : decode(form);
  if (name === undefined || text === undefined) return undefined;
  return { name, values: Object.fromEntries(new URLSearchParams(text)) };
}

/** The prompt, and the version or label, that a URI names; `undefined` when it is not one of ours. */
export function parsePromptUri(uri: string): { name: string; version?: number; label?: string } | undefined {
  if (!uri.startsWith(SCHEME)) return undefined;
  const path = decode(uri.slice(SCHEME.length));
  if (path === undefined || path === "") return undefined;
  const [, versioned, version] = VERSIONED.exec(path) ?? [];
  if (versioned !== undefined) return { name: versioned, version: Number(version) };
  const [, labelled, label] = LABELLED.exec(path) ?? [];
  if (labelled !== undefined && label !== undefined) return { name: labelled, label };
  return { name: path };
}

/** A URI as change notifications spell it, however a client wrote it. */
export function canonicalUri(uri: string): string {
  const { name, version, label = LATEST } = parsePromptUri(uri) ?? {};
  if (name === undefined) return uri;
  if (version !== undefined) return versionUri(name, version);
  return label === LATEST ? promptUri(name) : labelUri(name, label);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
