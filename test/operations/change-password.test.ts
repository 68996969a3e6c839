import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogue } from "../../src/operations/index.ts";
import { type Answer, type Library, openLibrary, PASSWORD } from "../support/library.ts";

let library: Library;
beforeAll(async () => {
  library = await openLibrary();
});
afterAll(() => library.close());

const NEXT = "quiet lighthouse keeper";

function anonymous(name: string, input: object): Promise<Answer> {
  const operation = catalogue.find((candidate) => candidate.name === name)!;
  return library.app.run(operation, input, {
    requestId: "test",
    authenticate: () => Promise.reject(new Error("A public operation asks for nobody")),
  });
}

describe("change_password", () => {
  it("needs the old one, and ends all sessions", async () => {
    const ada = await library.found("ada");
    const { authenticate } = library.app.services.authentication;
    const before = await anonymous("login", { username: "ada", password: PASSWORD });
    const change = (current_password: string, new_password: string) =>
      ada.call("change_password", { current_password, new_password });
    await expect(change("not the password", NEXT)).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(change(PASSWORD, "password123")).rejects.toMatchObject({ code: "invalid_input" });
    await authenticate(before.access_token);
    await change(PASSWORD, NEXT);
    await expect(authenticate(before.access_token)).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(anonymous("login", { username: "ada", password: PASSWORD })).rejects.toMatchObject({
      code: "unauthenticated",
    });
    await anonymous("login", { username: "ada", password: NEXT });
  });

  it("leaves the password that another change has set meanwhile, however the two fall", async () => {
    for (let turns = 0; turns < 8; turns++) {
      const member = await library.found(`racer-${turns}`);
      const { userId } = member.caller;
      const late = member.call("change_password", { current_password: PASSWORD, new_password: NEXT });
      const outcome = late.catch((error: Answer) => error);
      // The old password is being checked, on other threads.
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      const { directory } = library.app.storage;
      await directory.write((store) => store.setPasswordHash(userId, "the hash of another one"));
      expect(await outcome).toMatchObject({ code: "unauthenticated" });
      const user = await directory.read((store) => store.findUser(userId));
      expect(user?.passwordHash).toBe("the hash of another one");
    }
  });

  it("is nothing for an API key", async () => {
    const grace = await library.found("grace");
    const caller = await library.app.services.authentication.authenticate(await grace.key());
    const changed = library.app.services.passwords.change(
      { ...caller, call: grace.caller.call },
      PASSWORD,
      NEXT,
    );
    await expect(changed).rejects.toMatchObject({ code: "forbidden" });
  });
});
