import { catalogue } from "../../operations/index.ts";

/** Each operation's command. Names of one word are words of the language, too, and stay. */
const COMMANDS: ReadonlyMap<string, string> = new Map(
  catalogue.flatMap(({ name, cli }) =>
    cli === undefined || !name.includes("_") ? [] : [[name, `\`promptforge ${cli.command}\``]],
  ),
);

/** With the backticks that may stand around it already; not as a part of another name, path or word. */
const NAME = new RegExp(`(?<![\\w./:-])\`?(${[...COMMANDS.keys()].join("|")})\`?(?![\\w/:-])`, "g");

/** A text of the catalogue or the services as the command line says it: commands in place of operations. */
export function inCommands(text: string): string {
  return text.replace(NAME, (found, name: string) => COMMANDS.get(name) ?? found);
}
