import { byCommand, operationOf, overFirstRoute, overMcp, type Way } from "../isolation/ways.ts";
import type { Answer } from "../support/library.ts";
import type { Connection } from "../support/sessions.ts";

/** Somebody in the story, by the way they use the library: is given answers, and refusals as errors with their code. */
export interface Person {
  call(operation: string, input?: Record<string, unknown>): Promise<Answer>;
  close(): Promise<void>;
}

/** All the ways in which the story is told. */
export const TELLINGS: Readonly<Record<string, (connection: Connection) => Promise<Person>>> = {
  "through MCP, 2026-07-28": async (connection) =>
    person(await overMcp(connection, "HTTP, 2026-07-28"), (told) => told.structuredContent),
  "through MCP, 2025-11-25": async (connection) =>
    person(await overMcp(connection, "HTTP, 2025-11-25"), (told) => told.structuredContent),
  "over REST": async (connection) =>
    person(overFirstRoute(connection), ([reply]) => (reply.status < 400 ? reply.body : undefined)),
  "by the command line, on a server": async (connection) =>
    person(await byCommand(connection, { PROMPTFORGE_SERVER: connection.url }), (told) =>
      told.code === 0 ? told.stdout : undefined,
    ),
};

export class Refusal extends Error {
  readonly code: string | undefined;
  constructor(told: string) {
    super(told);
    this.code = /"code":"(\w+)"/.exec(told)?.[1];
  }
}

/** @param answerIn the answer in all that the way tells; `undefined` where it was refused. */
function person(way: Way, answerIn: (told: Answer) => Answer): Person {
  return {
    async call(operation, input = {}) {
      const told = await way.call(operationOf(operation), input);
      const answer = answerIn(told);
      if (answer === undefined) throw new Refusal(JSON.stringify(told));
      return answer;
    },
    close: () => way.close(),
  };
}
