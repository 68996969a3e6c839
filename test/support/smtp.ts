import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";
import { onTestFinished } from "vitest";

export interface ReceivedMail {
  readonly to: readonly string[];
  readonly from: string;
  /** The message as it came over the wire. */
  readonly raw: string;
  /** Its parts with soft line breaks and quoted characters undone. */
  readonly readable: string;
}

export interface MailServer {
  readonly url: string;
  readonly received: ReceivedMail[];
  /** What is answered to a mail: taken, or refused with these words. */
  refuse: string | undefined;
  close(): Promise<void>;
}

/** A real SMTP server on loopback, until the test ends. With `port`, one that was closed comes back. */
export async function openMailServer(port = 0): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const state: MailServer = { url: "", received, refuse: undefined, close };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    logger: false,
    onData(stream, session, done) {
      void text(stream).then((raw) => {
        if (state.refuse !== undefined) return done(new Error(state.refuse));
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          to: rcptTo.map(({ address }) => address),
          from: mailFrom === false ? "" : mailFrom.address,
          raw,
          readable: unquoted(raw),
        });
        return done();
      });
    },
  });
  server.on("error", () => undefined);
  server.listen(port, "127.0.0.1");
  await once(server.server, "listening");
  let open = true;
  async function close(): Promise<void> {
    if (!open) return;
    open = false;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
  onTestFinished(close);
  const address = server.server.address() as AddressInfo;
  return Object.assign(state, { url: `smtp://127.0.0.1:${address.port}` });
}

/** Quoted-printable, undone [RFC 2045, section 6.7]. */
function unquoted(raw: string): string {
  return raw
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
