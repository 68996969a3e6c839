import { describe, expect, it, onTestFinished } from "vitest";
import { localCall } from "../../src/domain/identity.ts";
import { createSmtpMailer } from "../../src/mail/smtp-mailer.ts";
import { catalogue } from "../../src/operations/index.ts";
import { type Answer, type Library, openLibrary, PASSWORD, type TestMember } from "../support/library.ts";
import { openMailServer } from "../support/smtp.ts";

const FROM = "prompts@example.com";
let time = new Date("2030-01-01T00:00:00Z");

async function libraryWith(url: string): Promise<Library> {
  const library = await openLibrary({
    environment: { PROMPTFORGE_SMTP_URL: url, PROMPTFORGE_MAIL_FROM: FROM },
    now: () => time,
  });
  onTestFinished(() => library.close());
  return library;
}

function anonymous(library: Library, name: string, input: object): Promise<Answer> {
  const operation = catalogue.find((candidate) => candidate.name === name)!;
  return library.app.run(operation, input, {
    requestId: "test",
    authenticate: () => Promise.reject(new Error("A public operation asks for nobody")),
  });
}

/** Sends what waits: as the server does by itself, without waiting for it. */
async function send({ app }: Library): Promise<void> {
  app.mails.wake();
  await app.mails.settled();
}

const codeIn = (text: string) => /(?:pfinvite|pfreset)_[\w-]{43}/.exec(text)?.[0] ?? "";

/** Somebody who came in by a mailed invitation, and so is known by an address. */
async function withAddress(library: Library, username: string, email: string, mails: { readable: string }[]) {
  const admin = await library.found(`admin-of-${username}`);
  await admin.call("create_invitation", { role: "viewer", email });
  await send(library);
  const code = codeIn(mails.at(-1)!.readable);
  await anonymous(library, "register", { username, password: PASSWORD, invitation: code });
  await send(library);
}

describe("an invitation by mail", () => {
  it("goes to its address, as text and HTML, and shows nobody else the code", async () => {
    const server = await openMailServer();
    const library = await libraryWith(server.url);
    const admin = await library.found("ada");
    const made = await admin.call("create_invitation", { role: "reviewer", email: "Grace@Example.com" });
    expect(made).toMatchObject({ email: "grace@example.com", code: null, link: null });
    await send(library);
    const [mail] = server.received;
    expect(mail).toMatchObject({ to: ["grace@example.com"], from: FROM });
    expect(mail!.raw).toMatch(/^Subject: ada invites you to ada on PromptForge\r$/m);
    expect(mail!.raw).toContain("text/plain");
    expect(mail!.raw).toContain("text/html");
    const code = codeIn(mail!.readable);
    expect(mail!.readable).toContain(`/invitation?code=${code}`);
    expect((await admin.call("list_invitations")).items).toMatchObject([{ id: made.id, mail: "sent" }]);

    const joined = await anonymous(library, "register", {
      username: "grace",
      password: PASSWORD,
      invitation: code,
    });
    expect(joined).toMatchObject({ tenant: "ada", role: "reviewer" });
    await send(library);
    expect(server.received[1]).toMatchObject({ to: ["grace@example.com"] });
    expect(server.received[1]!.readable).toContain("Welcome to PromptForge");
    const user = await library.app.storage.directory.read((store) => store.findUserByName("grace"));
    expect(user?.email).toBe("grace@example.com");
  });

  it("makes no link of what a tenant or an inviter calls itself", async () => {
    const server = await openMailServer();
    const library = await libraryWith(server.url);
    const admin = await library.found("win.evil.example");
    const { tenantId } = admin.caller;
    const name = "Prize at https://evil.example/x \u202eadvance";
    await library.app.storage.directory.write((store) => store.renameTenant(tenantId, name));
    await admin.call("create_invitation", { role: "viewer", email: "grace@example.com" });
    await send(library);
    const { readable, raw } = server.received[0]!;
    for (const text of [readable, raw]) expect(text).not.toMatch(/evil\.example|https:\/\/evil|\u202e/);
    expect(readable).toContain(
      "win[.]evil[.]example invites you to the tenant Prize at https: evil[.]example/x",
    );
  });

  it("replaces an open one for the same address: its code ends, and the audit says which", async () => {
    const server = await openMailServer();
    const library = await libraryWith(server.url);
    const [ada, other] = [await library.found("ada"), await library.found("other")];
    const invite = (who: TestMember) =>
      who.call("create_invitation", { role: "viewer", email: "grace@example.com" });
    const elsewhere = await invite(other);
    const first = await invite(ada);
    await send(library);
    const second = await invite(ada);
    await send(library);
    const codes = server.received.map(({ readable }) => codeIn(readable));
    expect((await ada.call("list_invitations")).items).toMatchObject([{ id: second.id }]);
    expect((await other.call("list_invitations")).items).toMatchObject([{ id: elsewhere.id }]);
    await expect(anonymous(library, "preview_invitation", { code: codes[1]! })).rejects.toMatchObject({
      code: "not_found",
    });
    for (const code of [codes[0]!, codes[2]!]) await anonymous(library, "preview_invitation", { code });
    const [entry] = (await ada.call("get_audit_log", { operation: "create_invitation" })).items;
    expect(entry.details).toMatchObject({ replaces: [first.id] });
  });

  it("goes to one address five times an hour from a tenant, and from another one all the same", async () => {
    const library = await libraryWith((await openMailServer()).url);
    const [ada, other] = [await library.found("ada"), await library.found("other")];
    const invite = (who: TestMember, email = "grace@example.com") =>
      who.call("create_invitation", { role: "viewer", email });
    for (let n = 0; n < 5; n++) await invite(ada);
    await expect(invite(ada)).rejects.toMatchObject({
      code: "rate_limited",
      details: { retry_after_seconds: expect.any(Number) },
    });
    expect((await ada.call("list_invitations")).items).toHaveLength(1);
    await invite(other);
    await invite(ada, "linus@example.com");
  });

  it("waits with 200 of its tenant at most while nothing goes out, and keeps nobody from a new password", async () => {
    const server = await openMailServer();
    const library = await libraryWith(server.url);
    await withAddress(library, "grace", "grace@example.com", server.received);
    const [ada, other] = [await library.found("ada"), await library.found("other")];
    const { tenantId } = ada.caller;
    await library.app.storage.directory.write(async ({ mails }) => {
      const later = new Date(time.getTime() + 60_000);
      for (let n = 0; n < 200; n++) {
        const mail = { id: `${n}`, kind: "invitation", tenantId, about: `${n}`, expiresAt: later } as const;
        await mails.add(mail, later);
      }
    });
    const invite = (who: TestMember) =>
      who.call("create_invitation", { role: "viewer", email: "g@example.com" });
    await expect(invite(ada)).rejects.toMatchObject({ code: "unavailable" });
    expect((await ada.call("list_invitations")).items).toEqual([]);
    await invite(other);
    await anonymous(library, "request_password_reset", { username: "grace" });
  });

  it("makes no account that is there already known by its address: its owner could have handed the link on", async () => {
    const server = await openMailServer();
    const library = await libraryWith(server.url);
    const [trap, victim] = [await library.found("trap"), await library.found("victim")];
    await trap.call("create_invitation", { role: "viewer", email: "mine@evil.example" });
    await send(library);
    await victim.call("accept_invitation", { code: codeIn(server.received[0]!.readable) });
    await anonymous(library, "request_password_reset", { username: "victim" });
    await send(library);
    expect(server.received).toHaveLength(1);
  });

  it("can be accepted by nobody who is known by another address", async () => {
    const server = await openMailServer();
    const library = await libraryWith(server.url);
    await withAddress(library, "eve", "eve@example.com", server.received);
    const admin = await library.found("ada");
    await admin.call("create_invitation", { role: "admin", email: "grace@example.com" });
    await send(library);
    const invitation = codeIn(server.received.at(-1)!.readable);
    const stolen = anonymous(library, "login", { username: "eve", password: PASSWORD, invitation });
    await expect(stolen).rejects.toMatchObject({ code: "forbidden" });
    await anonymous(library, "register", { username: "grace", password: PASSWORD, invitation });
  });

  it("waits while the server is down, fails nothing, and goes out when it is back", async () => {
    const down = await openMailServer();
    const port = Number(new URL(down.url).port);
    const library = await libraryWith(down.url);
    await down.close();
    const admin = await library.found("ada");
    await admin.call("create_invitation", { role: "viewer", email: "grace@example.com" });
    await send(library);
    expect((await admin.call("list_invitations")).items).toMatchObject([{ mail: "failing" }]);
    const back = await openMailServer(port);
    await send(library);
    expect(back.received).toHaveLength(0);
    time = new Date(time.getTime() + 60_000);
    await send(library);
    expect(back.received).toHaveLength(1);
    expect((await admin.call("list_invitations")).items).toMatchObject([{ mail: "sent" }]);
  });

  it("is not sent any more once it is revoked", async () => {
    const server = await openMailServer();
    const library = await libraryWith(server.url);
    server.refuse = "later";
    const admin = await library.found("ada");
    const { id } = await admin.call("create_invitation", { role: "viewer", email: "grace@example.com" });
    await send(library);
    await admin.call("revoke_invitation", { id });
    server.refuse = undefined;
    time = new Date(time.getTime() + 60_000);
    await send(library);
    expect(server.received).toHaveLength(0);
    expect(await library.app.storage.directory.read(({ mails }) => mails.count())).toBe(0);
  });

  it("survives a restart of the server between its making and its sending", async () => {
    const server = await openMailServer();
    server.refuse = "later";
    const first = await openLibrary({
      environment: { PROMPTFORGE_SMTP_URL: server.url, PROMPTFORGE_MAIL_FROM: FROM },
      now: () => time,
    });
    onTestFinished(() => first.close());
    await (await first.found("ada")).call("create_invitation", { role: "viewer", email: "g@example.com" });
    await send(first);
    server.refuse = undefined;
    time = new Date(time.getTime() + 60_000);
    const second = await openLibrary({
      dataDir: first.dataDir,
      environment: { PROMPTFORGE_SMTP_URL: server.url, PROMPTFORGE_MAIL_FROM: FROM },
      now: () => time,
    });
    onTestFinished(() => second.close());
    await send(second);
    expect(server.received.map(({ to }) => to)).toEqual([["g@example.com"]]);
  });
});

describe("request_password_reset and reset_password", () => {
  it("set another password by a mailed code, once, and end all sessions", async () => {
    const server = await openMailServer();
    const library = await libraryWith(server.url);
    await withAddress(library, "grace", "grace@example.com", server.received);
    const { access_token } = await anonymous(library, "login", { username: "grace", password: PASSWORD });
    const { authenticate } = library.app.services.authentication;
    await authenticate(access_token);
    for (const username of ["grace", "grace@example.com"]) {
      await anonymous(library, "request_password_reset", { username });
      await send(library);
    }
    const [older, code] = server.received.slice(-2).map(({ readable }) => codeIn(readable));
    const set = (given: string, password: string) =>
      anonymous(library, "reset_password", { code: given, new_password: password });
    await expect(set(older!, "quiet lighthouse keeper")).rejects.toMatchObject({ code: "not_found" });
    await expect(set(code!, "pass123")).rejects.toMatchObject({ code: "invalid_input" });
    await set(code!, "quiet lighthouse keeper");
    await expect(set(code!, "another lighthouse keeper")).rejects.toMatchObject({ code: "not_found" });
    await expect(authenticate(access_token)).rejects.toMatchObject({ code: "unauthenticated" });
    await anonymous(library, "login", { username: "grace", password: "quiet lighthouse keeper" });
    await expect(
      anonymous(library, "login", { username: "grace", password: PASSWORD }),
    ).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("go to whose an address is, not to who took it for a name", async () => {
    const server = await openMailServer();
    const library = await libraryWith(server.url);
    await withAddress(library, "grace", "grace@example.com", server.received);
    await withAddress(library, "grace@example.com", "eve@example.com", server.received);
    await anonymous(library, "request_password_reset", { username: "grace@example.com" });
    await send(library);
    const mail = server.received.at(-1)!;
    expect(mail.to).toEqual(["grace@example.com"]);
    await anonymous(library, "reset_password", {
      code: codeIn(mail.readable),
      new_password: "quiet lighthouse keeper",
    });
    await anonymous(library, "login", { username: "grace", password: "quiet lighthouse keeper" });
    await anonymous(library, "login", { username: "grace@example.com", password: PASSWORD });
  });

  it("say and do the same for somebody who is not there: each leaves one mail to look at", async () => {
    const server = await openMailServer();
    const library = await libraryWith(server.url);
    await withAddress(library, "grace", "grace@example.com", server.received);
    const before = server.received.length;
    const answers: Answer[] = [];
    for (const username of ["grace", "nobody", "nobody@example.com", "admin-of-grace"]) {
      answers.push(await anonymous(library, "request_password_reset", { username }));
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    await send(library);
    expect(server.received.slice(before).map(({ to }) => to)).toEqual([["grace@example.com"]]);
    expect(await library.app.storage.directory.read(({ mails }) => mails.count())).toBe(0);
  });

  it("end within the hour, and store no code", async () => {
    const server = await openMailServer();
    const library = await libraryWith(server.url);
    await withAddress(library, "grace", "grace@example.com", server.received);
    await anonymous(library, "request_password_reset", { username: "grace" });
    await send(library);
    const code = codeIn(server.received.at(-1)!.readable);
    time = new Date(time.getTime() + 60 * 60_000);
    const late = anonymous(library, "reset_password", { code, new_password: "quiet lighthouse keeper" });
    await expect(late).rejects.toMatchObject({ code: "not_found" });
  });

  it("are asked for five times an hour for a name, whether somebody has it or not", async () => {
    const library = await libraryWith((await openMailServer()).url);
    await library.found("ada");
    const refusals: Answer[] = [];
    for (const username of ["ada", "nobody-at-all"]) {
      const ask = () => anonymous(library, "request_password_reset", { username });
      for (let n = 0; n < 5; n++) expect((await ask()).message).toContain("on its way");
      refusals.push(await ask().catch((error) => error));
    }
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({
        code: "rate_limited",
        details: { retry_after_seconds: expect.any(Number) },
      });
      expect(refusal.message.replace(/\d+ seconds/, "")).toBe(refusals[0].message.replace(/\d+ seconds/, ""));
    }
  });

  it("say that there is no mail where the server sends none; the operator has a link", async () => {
    const library = await openLibrary();
    onTestFinished(() => library.close());
    await library.found("grace");
    for (const username of ["grace", "nobody"]) {
      await expect(anonymous(library, "request_password_reset", { username })).rejects.toMatchObject({
        code: "conflict",
        message: expect.stringContaining("password-reset"),
      });
    }
    const call = localCall("issue_password_reset");
    const code = codeIn(await library.app.services.passwords.issueReset("grace", call));
    await anonymous(library, "reset_password", { code, new_password: "quiet lighthouse keeper" });
    await anonymous(library, "login", { username: "grace", password: "quiet lighthouse keeper" });
  });

  it("tell the audit of the operator's link in each tenant of the person, and name nobody as its maker", async () => {
    const library = await openLibrary();
    onTestFinished(() => library.close());
    const [ada, grace] = [await library.found("ada"), await library.found("grace")];
    const { userId } = grace.caller;
    const { tenantId } = ada.caller;
    await library.app.storage.tenant(tenantId).write((store) => store.members.add(userId, "viewer"));
    const call = localCall("issue_password_reset");
    const code = codeIn(await library.app.services.passwords.issueReset("grace", call));
    for (const admin of [ada, grace]) {
      const { items } = await admin.call("get_audit_log", { operation: "issue_password_reset" });
      expect(items).toMatchObject([{ user_id: null, target: { kind: "member", id: userId } }]);
      expect(JSON.stringify(items)).not.toContain(code);
    }
  });

  it("end what somebody without a tenant let apps and browsers do, too", async () => {
    const library = await openLibrary();
    onTestFinished(() => library.close());
    const grace = await library.found("grace");
    const { userId, tenantId } = grace.caller;
    const { directory } = library.app.storage;
    await library.app.storage.tenant(tenantId).write((store) => store.members.remove(userId));
    const now = new Date();
    const browser = {
      ...{ kind: "Session", id: "a browser's", payload: {}, userId },
      ...{ clientId: undefined, grantId: undefined, uid: undefined, consumedAt: undefined },
      expiresAt: new Date(now.getTime() + 60_000),
    };
    await directory.write(({ oauth }) => oauth.put(browser, now));
    const call = localCall("issue_password_reset");
    const code = codeIn(await library.app.services.passwords.issueReset("grace", call));
    await anonymous(library, "reset_password", { code, new_password: "quiet lighthouse keeper" });
    expect(await directory.read(({ oauth }) => oauth.find("Session", browser.id, now))).toBeUndefined();
  });
});

describe("the mailer", () => {
  it.each([
    "Ada\r\nBcc: everybody@example.com",
    "=?utf-8?Q?x=0D=0ABcc:?= <everybody@example.com>",
    "<b>bold</b> {{link}}",
    "a, everybody@example.com",
  ])("lets no name write a header, an address or markup: %j", async (name) => {
    const server = await openMailServer();
    const mailer = createSmtpMailer({ url: server.url, from: FROM });
    const facts = { inviter: name, tenant: name, role: "viewer", expires: "2030-01-01", link: "http://x/y" };
    await mailer.send({ kind: "invitation", to: "grace@example.com", facts });
    mailer.close();
    const [mail] = server.received;
    expect(mail!.to).toEqual(["grace@example.com"]);
    const headers = mail!.raw.slice(0, mail!.raw.indexOf("\r\n\r\n"));
    expect(headers).not.toMatch(/^bcc:/im);
    expect(headers.match(/^to:/gim)).toHaveLength(1);
    const html = mail!.readable.slice(mail!.readable.indexOf("text/html"));
    expect(html).not.toContain("<b>bold");
  });

  it("says why it could not send, and nothing of the mail or the password", async () => {
    const server = await openMailServer();
    const url = server.url.replace("//", "//user:hunter2-canary@");
    await server.close();
    const mailer = createSmtpMailer({ url, from: FROM });
    const failed = mailer.send({ kind: "welcome", to: "grace@example.com", facts: { username: "grace" } });
    await expect(failed).rejects.toThrow(/^E[A-Z]+$/);
    mailer.close();
  });
});
