import type { ExportedVersion } from "../../domain/exchanged.ts";
import { nameFromPath } from "../file-format.ts";
import { pathOf } from "../file-paths.ts";
import type { FormatWriter, Loss, LossKind } from "./format.ts";

interface FolderFormat {
  readonly extension: string;
  /** What the format has no place for, whatever the prompt. */
  readonly losses: readonly LostField[];
  /** Other things that this prompt loses. */
  readonly lossesOf?: (version: ExportedVersion) => readonly LossKind[];
  /** Where it lies, where that is not the name with the extension. */
  readonly pathOf?: (name: string) => string;
  readonly textOf: (version: ExportedVersion, path: string) => string;
}

/** A format with a file for each prompt, which holds one version of it. */
export function writeFolder(format: FolderFormat): FormatWriter {
  return {
    layout: "folder",
    holdsHistory: false,
    isWhole: false,
    mediaType: "text/markdown",
    textAt: format.textOf,
    write: (versions) => ({
      files: versions.map((version) => {
        const path = format.pathOf?.(version.name) ?? pathOf(version.name, format.extension);
        return { path, text: format.textOf(version, path) };
      }),
      losses: versions.flatMap((version) => [
        ...format.losses.flatMap((kind) => lossOf(version, kind)),
        ...(format.lossesOf?.(version) ?? []).map((kind) => ({ kind, name: version.name })),
      ]),
    }),
  };
}

type LostField =
  | "labels"
  | "change_note"
  | "title"
  | "description"
  | "tags"
  | "messages"
  | "input_schema"
  | "config";

/** The loss of a field that a format has no place for; none where the field is empty. */
export function lossOf(version: ExportedVersion, kind: LostField): Loss[] {
  return isEmpty(version, kind) ? [] : [{ kind, name: version.name }];
}

function isEmpty(version: ExportedVersion, kind: LostField): boolean {
  if (kind === "messages") return version.messages === undefined;
  if (kind === "input_schema") return version.declared_schema === null;
  if (kind === "config") return Object.keys(version.config).length === 0;
  return version[kind].length === 0;
}

/** The loss of a format that has labels, and not all of the versions that they point to. */
export function lostLabels({ name, labelsElsewhere }: ExportedVersion): Loss[] {
  return labelsElsewhere.length > 0 ? [{ kind: "labels_elsewhere", name }] : [];
}

/** The name, where a reader of the path would take it for another. */
export function nameToTell(name: string, path: string): string | undefined {
  return nameFromPath(path.split("/")) === name ? undefined : name;
}
