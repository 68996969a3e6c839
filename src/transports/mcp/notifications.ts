import type { ServerEvent } from "@modelcontextprotocol/server";
import type { PromptEvent } from "../../services/events.ts";
import { labelUri, promptUri, versionUri } from "./uris.ts";

/** What MCP clients hear of a change: the prompt itself, and the lists when they look different now. */
export function toServerEvents(event: PromptEvent): ServerEvent[] {
  // The lists show latest versions: a label changes nothing in them.
  if (event.kind === "label_moved")
    return [{ kind: "resource_updated", uri: labelUri(event.name, event.label) }];
  if (event.kind === "reviewed")
    return [{ kind: "resource_updated", uri: versionUri(event.name, event.version) }];
  const lists: ServerEvent[] = [{ kind: "prompts_list_changed" }, { kind: "resources_list_changed" }];
  const changed = (name: string): ServerEvent => ({ kind: "resource_updated", uri: promptUri(name) });
  switch (event.kind) {
    case "include_changed":
      return [...event.names.map(changed), ...lists];
    case "created":
      return lists;
    case "renamed":
      // Who watches it by the name that it had hears of it once more.
      return [changed(event.from), changed(event.name), ...lists];
    default:
      return [changed(event.name), ...lists];
  }
}
