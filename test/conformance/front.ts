import { createServer, type IncomingMessage, request as openRequest, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Sessions } from "./sessions.ts";

/** What stands before the real server, on loopback. */
export interface Front {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The suite sends no credentials: this adds one to each request, and passes everything else on as it came, Host and
 * Origin among it, so that the real server's guard sees what the suite has sent.
 */
export async function openFront(options: {
  readonly port: number;
  readonly credential: string;
  readonly sessions?: Sessions | undefined;
}): Promise<Front> {
  const { port, credential, sessions } = options;

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await buffer(req);
    const message = parse(body);
    if (sessions?.wants(req, message)) return sessions.handle(req, res, message);
    const headers = { ...req.headers, authorization: `Bearer ${credential}` };
    const upstream = openRequest(
      { host: "127.0.0.1", port, method: req.method, path: req.url, headers, agent: false },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      },
    );
    upstream.on("error", () => res.destroy());
    // A client that leaves a stream ends it at the server, too.
    res.on("close", () => upstream.destroy());
    upstream.end(body);
  }

  const server = createServer((req, res) => {
    serve(req, res).catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}/mcp`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What malformed input means is the real server's to say. */
function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
