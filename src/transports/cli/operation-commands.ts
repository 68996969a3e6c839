import type { Command } from "commander";
import type { Operation } from "../../operations/define-operation.ts";
import { catalogue } from "../../operations/index.ts";
import { inCommands } from "./command-words.ts";
import { type CommandHost, onRun, type Run } from "./invocation.ts";
import { commandFailure } from "./operation-failure.ts";
import { type Field, fieldsOf, flagName, flagOf } from "./operation-fields.ts";
import { readInput } from "./operation-input.ts";
import { printResult } from "./result-output.ts";
import { libraryOf } from "./used-library.ts";

/** A command for each operation of the catalogue that has one, made from its definition alone. */
export function addOperationCommands(program: Command, host: CommandHost): void {
  for (const operation of catalogue) {
    if (operation.cli !== undefined) addOperationCommand(program, operation, operation.cli, host);
  }
  for (const group of program.commands.filter(({ commands }) => commands.length > 0)) {
    group.description(group.commands.map((command) => command.summary()).join("; "));
  }
}

function addOperationCommand(
  program: Command,
  operation: Operation,
  cli: NonNullable<Operation["cli"]>,
  host: CommandHost,
): void {
  const words = cli.command.split(" ");
  const name = words.pop() ?? cli.command;
  const parent = words.reduce(groupIn, program);
  const fields = fieldsOf(operation).map((field) => ({ ...field, help: inCommands(field.help) }));
  const command = parent
    .command(name)
    .summary(operation.title)
    .description(withFlags(inCommands(operation.description), fields));
  for (const positional of cli.positionals ?? []) {
    const field = fields.find((candidate) => candidate.name === positional);
    command.argument(field?.required ? `<${positional}>` : `[${positional}]`, field?.help);
  }
  for (const field of fields) {
    if (!cli.positionals?.includes(field.name)) addFlag(command, field);
  }
  if (cli.file !== undefined) {
    command.option(
      "--file <path>",
      `Read the ${cli.file} from a file, and what the front matter of a .md or .prompt file says; - is standard input`,
    );
  }
  command.addHelpText("after", `\nExample:\n  $ ${cli.example}`);
  onRun(command, host, runOf(operation, fields), { onServer: true });
}

function groupIn(parent: Command, name: string): Command {
  return parent.commands.find((command) => command.name() === name) ?? parent.command(name);
}

function addFlag(command: Command, field: Field): void {
  const collect = (value: string, earlier: readonly string[] = []) => [...earlier, value];
  if (field.kind === "list" || field.kind === "pairs") command.option(flagOf(field), field.help, collect);
  else command.option(flagOf(field), field.help);
  if (field.kind === "switch") command.option(flagOf(field).replace("--", "--no-"), `Not ${flagOf(field)}`);
}

function runOf(operation: Operation, fields: readonly Field[]): Run {
  return async (invocation) => {
    const { io, json } = invocation;
    // Asked for first: without a credential there is nothing to open, and no data folder to make.
    const use = await libraryOf(invocation.config);
    const input = await readInput(operation, fields, invocation);
    const result = await use(({ call }) => call(operation, input)).catch((error: unknown) => {
      throw commandFailure(error, operation, fields, input);
    });
    printResult(io, operation, result, json);
    return 0;
  };
}

/** Fields as flags. One of a single word is a word of the language, too, and stays. */
function withFlags(text: string, fields: readonly Field[]): string {
  return fields
    .filter(({ name }) => name.includes("_"))
    .reduce((words, field) => words.replaceAll(field.name, flagName(field)), text);
}
