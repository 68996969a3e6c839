import { describe, expect, it, onTestFinished } from "vitest";
import { catalogue } from "../../src/operations/index.ts";
import { runHere } from "../cli/processes.ts";
import {
  type Answer,
  type Library,
  librarySettings,
  openLibrary,
  PASSWORD,
  type TestMember,
} from "../support/library.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";
import { openMailServer } from "../support/smtp.ts";

let time = new Date("2030-01-01T00:00:00Z");
const mailSettings = (url: string) => ({
  PROMPTFORGE_SMTP_URL: url,
  PROMPTFORGE_MAIL_FROM: "prompts@example.com",
});

async function libraryWith(url: string): Promise<Library> {
  const library = await openLibrary({ environment: mailSettings(url), now: () => time });
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
async function send({ app }: Pick<Library, "app">): Promise<void> {
  app.mails.wake();
  await app.mails.settled();
}

const codeIn = (mail: { readable: string } | undefined) =>
  /pf(?:email|reset)_[\w-]{43}/.exec(mail?.readable ?? "")?.[0] ?? "";
const set = (who: TestMember, email: string, password = PASSWORD) =>
  who.call("set_email", { email, password });
const emailOf = async (who: TestMember) => (await who.call("get_email")).email;

describe("set_email, confirm_email and get_email", () => {
  it("make an address one's own by the code that was mailed there, once; resets go there from then on", async () => {
    const server = await openMailServer();
    const library = await libraryWith(server.url);
    const ada = await library.found("ada");
    expect(await emailOf(ada)).toBeNull();
    await set(ada, "Ada@Example.com");
    await send(library);
    expect(await emailOf(ada)).toBeNull();
    expect(server.received.map(({ to }) => to)).toEqual([["ada@example.com"]]);
    const code = codeIn(server.received[0]);
    expect(server.received[0]!.readable).toContain(`/email-confirmation?code=${code}`);
    expect(await anonymous(library, "confirm_email", { code })).toEqual({ email: "ada@example.com" });
    expect(await emailOf(ada)).toBe("ada@example.com");
    await expect(anonymous(library, "confirm_email", { code })).rejects.toMatchObject({ code: "not_found" });
    await anonymous(library, "request_password_reset", { username: "ada@example.com" });
    await send(library);
    expect(server.received.at(-1)).toMatchObject({ to: ["ada@example.com"] });
  });

  it("need the password, and are nothing for an API key", async () => {
    const library = await libraryWith((await openMailServer()).url);
    const ada = await library.found("ada");
    await expect(set(ada, "ada@example.com", "not the password")).rejects.toMatchObject({
      code: "unauthenticated",
    });
    const { authenticate } = library.app.services.authentication;
    const key = library.as({ ...(await authenticate(await ada.key())), call: ada.caller.call });
    await expect(set(key, "ada@example.com")).rejects.toMatchObject({ code: "forbidden" });
    await expect(key.call("get_email")).rejects.toMatchObject({ code: "forbidden" });
  });

  it("tell the former address, and end a code for a new password that went there", async () => {
    const server = await openMailServer();
    const library = await libraryWith(server.url);
    const ada = await library.found("ada");
    await set(ada, "old@example.com");
    await send(library);
    await anonymous(library, "confirm_email", { code: codeIn(server.received[0]) });
    await anonymous(library, "request_password_reset", { username: "ada" });
    await send(library);
    const reset = codeIn(server.received[1]);
    await set(ada, "new@example.com");
    await send(library);
    await anonymous(library, "confirm_email", { code: codeIn(server.received[2]) });
    await send(library);
    expect(server.received.map(({ to }) => to[0])).toEqual([
      "old@example.com",
      "old@example.com",
      "new@example.com",
      "old@example.com",
    ]);
    const late = anonymous(library, "reset_password", {
      code: reset,
      new_password: "quiet lighthouse keeper",
    });
    await expect(late).rejects.toMatchObject({ code: "not_found" });
  });

  it("say nothing of whose an address is already, and take it from nobody", async () => {
    const server = await openMailServer();
    const library = await libraryWith(server.url);
    const [ada, eve] = [await library.found("ada"), await library.found("eve")];
    // Both ask before either has it: who confirms first has it.
    const asked = [await set(ada, "ada@example.com"), await set(eve, "ada@example.com")];
    expect(asked[0]).toEqual(asked[1]);
    await send(library);
    const [first, second] = server.received.map(codeIn);
    await anonymous(library, "confirm_email", { code: first });
    await expect(anonymous(library, "confirm_email", { code: second })).rejects.toMatchObject({
      code: "conflict",
    });
    expect(await set(eve, "ada@example.com")).toEqual(asked[0]);
    await send(library);
    expect(server.received).toHaveLength(2);
    expect(await emailOf(eve)).toBeNull();
  });

  it("end a code within a day, and with the next address that is set", async () => {
    const server = await openMailServer();
    const library = await libraryWith(server.url);
    const ada = await library.found("ada");
    for (const email of ["one@example.com", "two@example.com"]) {
      await set(ada, email);
      await send(library);
    }
    const [one, two] = server.received.map(codeIn);
    await expect(anonymous(library, "confirm_email", { code: one })).rejects.toMatchObject({
      code: "not_found",
    });
    time = new Date(time.getTime() + 24 * 60 * 60_000);
    await expect(anonymous(library, "confirm_email", { code: two })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it("are asked for five times an hour", async () => {
    const library = await libraryWith((await openMailServer()).url);
    const ada = await library.found("ada");
    for (let n = 0; n < 5; n++) await set(ada, `a${n}@example.com`);
    await expect(set(ada, "a5@example.com")).rejects.toMatchObject({ code: "rate_limited" });
  });

  it("are the operator's where the server sends no mail", async () => {
    const library = await openLibrary();
    onTestFinished(() => library.close());
    const [ada] = [await library.found("ada"), await library.found("eve")];
    await expect(set(ada, "ada@example.com")).rejects.toMatchObject({ code: "conflict" });
    const env = { PROMPTFORGE_DATA_DIR: library.dataDir, ...(await librarySettings(library.dataDir)) };
    expect((await runHere(["set-email", "ada", "Ada@Example.com"], { env })).code).toBe(0);
    expect(await emailOf(ada)).toBe("ada@example.com");
    expect((await runHere(["set-email", "eve", "ada@example.com"], { env })).code).toBe(6);
    expect((await runHere(["set-email", "eve", "nowhere"], { env })).code).toBe(2);
    const { items } = await ada.call("get_audit_log", { operation: "set_email" });
    expect(items).toMatchObject([{ user_id: null }]);
    expect(JSON.stringify(items)).not.toContain("@");
  });
});

describe("the page of a confirmation", () => {
  it("uses nothing up by being looked at, and confirms with its button", async () => {
    const server = await openMailServer();
    const library: ServedLibrary = await serveLibrary({ environment: mailSettings(server.url) });
    onTestFinished(() => library.close());
    await set(await library.found("ada"), "ada@example.com");
    await send(library);
    const code = codeIn(server.received[0]);
    const looked = await library.stranger("GET", `/email-confirmation?code=${code}`);
    expect([looked.status, looked.text]).toEqual([200, expect.stringContaining(`value="${code}"`)]);
    const press = () =>
      fetch(`${library.url}/email-confirmation`, { method: "POST", body: new URLSearchParams({ code }) });
    expect(await (await press()).text()).toContain("ada@example.com is the address");
    expect((await press()).status).toBe(404);
  });
});
