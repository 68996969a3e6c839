import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { type ReadItem, type ReadOptions, readPrompts } from "../../src/exchange/prompt-reader.ts";

/** A fresh folder with these files in it, gone when the test ends. */
export async function tempLibrary(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "exchange-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

export async function readAll(paths: readonly string[], options?: ReadOptions): Promise<ReadItem[]> {
  const items: ReadItem[] = [];
  for await (const item of readPrompts(paths, options)) items.push(item);
  return items;
}

/** What comes of one file with this content. */
export async function readFileWith(name: string, content: string | Uint8Array): Promise<ReadItem[]> {
  return await readAll([join(await tempLibrary({ [name]: content }), name)]);
}

/** The draft of a file that holds exactly one good prompt. */
export async function draftOf(name: string, content: string | Uint8Array) {
  const [item, ...more] = await readFileWith(name, content);
  if (item?.kind !== "prompt" || more.length > 0)
    throw new Error(`Not one prompt: ${JSON.stringify([item, ...more])}`);
  return item.draft;
}

/** Where and why each item of a file was refused. */
export async function problemsOf(name: string, content: string | Uint8Array) {
  const items = await readFileWith(name, content);
  return items.flatMap((item) =>
    item.kind === "problem" ? [{ line: item.source.line, message: item.message }] : [],
  );
}
