import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { PROMPT } from "./world.ts";

export interface Client {
  /** Reads the prompt; throws unless it was given. */
  read(): Promise<void>;
  close(): void;
}

/** One connection that is kept, with as little around it as Node has: what a client takes counts on both sides. */
export function openClient(url: string, credential: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const address = `${url}/v1/prompts/${PROMPT}`;
  const headers = { Authorization: `Bearer ${credential}` };
  return {
    read: () =>
      new Promise((resolve, reject) => {
        request(address, { agent, headers }, (response) => {
          text(response).then((body) => {
            if (response.statusCode === 200) resolve();
            else reject(new Error(`get_prompt answered ${response.statusCode}: ${body}`));
          }, reject);
        })
          .on("error", reject)
          .end();
      }),
    close: () => agent.destroy(),
  };
}

/** Signs in once over HTTP; says whether it was let in, or told that too many want to at once. */
export async function signInOnce(url: string, username: string, password: string): Promise<boolean> {
  const response = await fetch(`${url}/v1/auth/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  const body = await response.text();
  if (response.status === 200 || response.status === 429) return response.status === 200;
  throw new Error(`login answered ${response.status}: ${body}`);
}
