import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { eventually } from "../support/eventually.ts";
import { openLibrary, PASSWORD } from "../support/library.ts";
import { serveProgram } from "../support/programs.ts";
import { restClient } from "../support/rest.ts";
import { openMailServer } from "../support/smtp.ts";

const SMTP_PASSWORD = "CANARYsmtp7f3a91";

async function serveWithMail(smtpUrl: string) {
  const library = await openLibrary();
  onTestFinished(() => library.close());
  const ada = await library.found("ada");
  const program = await serveProgram(library.dataDir, {
    PROMPTFORGE_LOG_LEVEL: "trace",
    PROMPTFORGE_INDEXER: "false",
    PROMPTFORGE_SMTP_URL: smtpUrl,
    PROMPTFORGE_MAIL_FROM: "prompts@example.com",
  });
  onTestFinished(() => program.kill());
  const admin = restClient(program.url, await ada.key());
  return { program, admin, stranger: restClient(program.url), dataDir: library.dataDir };
}

async function filesOf(folder: string): Promise<Buffer[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name))));
}

describe("the password of the mail server", () => {
  it("is in no log, answer, audit or file, though every mail fails", async () => {
    // Nothing listens there.
    const { program, admin, dataDir } = await serveWithMail(`smtp://mailer:${SMTP_PASSWORD}@127.0.0.1:9`);
    const made = await admin("POST", "/v1/invitations", {
      json: { role: "viewer", email: "grace@example.com" },
    });
    expect(made.status).toBe(201);
    await eventually(() => program.stderr().includes("a mail could not be sent"));
    const audit = await admin("GET", "/v1/audit");
    for (const text of [program.stderr(), made.text, audit.text]) expect(text).not.toContain(SMTP_PASSWORD);
    for (const bytes of await filesOf(dataDir)) expect(bytes.includes(SMTP_PASSWORD)).toBe(false);
  });
});

describe("codes that are mailed", () => {
  it("are in the mail, and in no log, answer, audit or refusal", async () => {
    const server = await openMailServer();
    const { program, admin, stranger } = await serveWithMail(server.url);
    const codes: string[] = [];
    const nextCode = () => {
      const known = server.received.length;
      return async () => {
        await eventually(() =>
          server.received.slice(known).some(({ readable }) => /_[\w-]{43}/.test(readable)),
        );
        const mails = server.received.slice(known).map(({ readable }) => readable);
        const [code = ""] = /(?:pfinvite|pfreset)_[\w-]{43}/.exec(mails.join("\n")) ?? [];
        codes.push(code);
        return code;
      };
    };

    const mailed = nextCode();
    const texts = [
      (await admin("POST", "/v1/invitations", { json: { role: "viewer", email: "grace@example.com" } })).text,
    ];
    const invitation = await mailed();
    const grace = { username: "grace", password: PASSWORD, invitation };
    texts.push((await stranger("POST", "/v1/auth/register", { json: grace })).text);
    texts.push((await stranger("POST", "/v1/auth/register", { json: { ...grace, username: "eve" } })).text);

    const resetting = nextCode();
    texts.push(
      (await stranger("POST", "/v1/auth/password-reset/request", { json: { username: "grace" } })).text,
    );
    const code = await resetting();
    for (const new_password of ["pass123", "quiet lighthouse keeper", "quiet lighthouse keeper"]) {
      texts.push((await stranger("POST", "/v1/auth/password-reset", { json: { code, new_password } })).text);
    }

    expect(codes).toEqual([expect.stringMatching(/^pfinvite_/), expect.stringMatching(/^pfreset_/)]);
    texts.push(program.stderr(), (await admin("GET", "/v1/audit?limit=100")).text);
    for (const secret of [...codes, "quiet lighthouse keeper"]) {
      for (const text of texts) expect(text).not.toContain(secret);
    }
  });
});
