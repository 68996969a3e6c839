import { createHash } from "node:crypto";
import { hash as argon2 } from "@node-rs/argon2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClientGrant } from "../../src/domain/ports/oauth.ts";
import { catalogue } from "../../src/operations/index.ts";
import { type Answer, type Library, openLibrary, PASSWORD } from "../support/library.ts";
import { rawDatabase } from "../support/raw-database.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const START = new Date("2030-01-01T00:00:00Z").getTime();

let library: Library;
let time = START;
let serial = 0;

beforeAll(async () => {
  library = await openLibrary({
    now: () => new Date(time),
    environment: { PROMPTFORGE_SESSION_IDLE_DAYS: "2", PROMPTFORGE_SESSION_MAX_DAYS: "5" },
  });
});
afterAll(() => library.close());

const operationOf = (name: string) => catalogue.find((candidate) => candidate.name === name)!;
const authenticate = (credential: string) => library.app.services.authentication.authenticate(credential);

function anonymous(name: string, input: object, address?: string): Promise<Answer> {
  return library.app.run(operationOf(name), input, {
    requestId: "test",
    address,
    authenticate: () => Promise.reject(new Error("A public operation asks for nobody")),
  });
}

/** Calls an operation with a credential, as a client does. */
function as(credential: string, name: string, input: object = {}): Promise<Answer> {
  return library.app.run(operationOf(name), input, {
    requestId: "test",
    authenticate: () => authenticate(credential),
  });
}

async function somebody() {
  serial += 1;
  const member = await library.found(`person${serial}`);
  const { username } = member.caller;
  return {
    member,
    signIn: (input: object = {}) => anonymous("login", { username, password: PASSWORD, ...input }),
  };
}

/** What somebody lets a client do. */
function grantOf(userId: string, id: string): ClientGrant {
  const times = { createdAt: new Date(time), expiresAt: new Date(time + DAY_MS) };
  return { id, userId, client: { id: "c", name: "Script" }, scopes: ["prompts:read"], ...times };
}

const refresh = (token: string) => anonymous("refresh_session", { refresh_token: token });
const refused = { code: "unauthenticated" };

describe("login", () => {
  it("begins a session: an access token for now and a refresh token for later", async () => {
    const { signIn } = await somebody();
    const signedIn = await signIn();
    expect(signedIn.refresh_token).toMatch(/^pfr_[\w-]{64}$/);
    expect(signedIn).toMatchObject({ expires_in: 900, refresh_expires_in: 2 * 24 * 60 * 60 });
    await authenticate(signedIn.access_token);
  });

  it("gives no refresh token where none is wanted, and the session ends with the access token", async () => {
    const { signIn } = await somebody();
    const signedIn = await signIn({ refresh: false });
    expect(signedIn).not.toHaveProperty("refresh_token");
    expect((await as(signedIn.access_token, "list_sessions")).items[0].expires_at).toBe(
      new Date(time + 900_000).toISOString(),
    );
  });

  it("is for the tenant that is named, and answers another's tenant as one that is not there", async () => {
    const [{ member, signIn }, other] = [await somebody(), await somebody()];
    const stranger = await somebody();
    const { tenantId } = other.member.caller;
    await library.app.storage
      .tenant(tenantId)
      .write((store) => store.members.add(member.caller.userId, "viewer"));
    expect(await signIn()).toMatchObject({ tenant_id: member.caller.tenantId, role: "admin" });
    expect(await signIn({ tenant_id: tenantId })).toMatchObject({ tenant_id: tenantId, role: "viewer" });
    const answers = await Promise.all(
      [stranger.member.caller.tenantId, "nowhere"].map((tenant_id) =>
        signIn({ tenant_id }).catch(({ code, message }: Answer) => ({ code, message })),
      ),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toMatchObject({ code: "forbidden" });
  });
});

describe("signing in while the password is changed", () => {
  it("gives nothing that outlives the change, however the two fall", async () => {
    for (let turns = 0; turns < 8; turns++) {
      const { member, signIn } = await somebody();
      const { userId } = member.caller;
      const pending = signIn();
      // The old password is being checked, on other threads.
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      await library.app.storage.directory.write(async (store) => {
        await store.setPasswordHash(userId, "the hash of a new password");
        await store.sessions.endAllOf(userId);
      });
      const given = await pending.catch((error: Answer) => error);
      if (given.access_token === undefined) expect(given).toMatchObject(refused);
      else await expect(authenticate(given.access_token)).rejects.toMatchObject(refused);
    }
  });

  it("joins no tenant by an invitation where no session can begin: both, or neither", async () => {
    const [host, { member, signIn }] = [await library.found(`host${serial}`), await somebody()];
    const { code } = await host.call("create_invitation", { role: "viewer" });
    const database = await rawDatabase(library);
    // A column that no session fills.
    await database.run("alter table sessions rename column address to gone");
    try {
      await expect(signIn({ invitation: code })).rejects.toMatchObject({ code: "internal" });
    } finally {
      await database.run("alter table sessions rename column gone to address");
      await database.close();
    }
    expect((await member.call("list_tenants")).items).toHaveLength(1);
    expect(await signIn({ invitation: code })).toMatchObject({ tenant_id: host.caller.tenantId });
  });

  it("lets two in at once whose hash is made anew at that moment", async () => {
    const { member, signIn } = await somebody();
    const weak = await argon2(PASSWORD, { memoryCost: 8192, timeCost: 2 });
    await library.app.storage.directory.write((store) => store.setPasswordHash(member.caller.userId, weak));
    const both = await Promise.all([signIn(), signIn()]);
    for (const { access_token } of both) await authenticate(access_token);
  });

  it("opens no other tenant from a session that has ended meanwhile", async () => {
    const [{ member, signIn }, other] = [await somebody(), await somebody()];
    const { tenantId } = other.member.caller;
    await library.app.storage
      .tenant(tenantId)
      .write((store) => store.members.add(member.caller.userId, "viewer"));
    const { access_token } = await signIn();
    const caller = await authenticate(access_token);
    await as(access_token, "sign_out_everywhere");
    const late = library.app.run(
      operationOf("switch_tenant"),
      { tenant_id: tenantId },
      { requestId: "test", authenticate: async () => caller },
    );
    await expect(late).rejects.toMatchObject(refused);
  });
});

describe("refresh_session", () => {
  it("gives a new access token and the next refresh token, of the same session", async () => {
    const { signIn } = await somebody();
    const first = await signIn();
    const second = await refresh(first.refresh_token);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    const [one, two] = [await authenticate(first.access_token), await authenticate(second.access_token)];
    expect(two.sessionId).toBe(one.sessionId);
    expect((await as(second.access_token, "list_sessions")).items).toHaveLength(1);
  });

  it("ends the session when a token comes a second time, however old it is, and says so", async () => {
    const { signIn } = await somebody();
    const first = await signIn();
    let last = first;
    for (let n = 0; n < 5; n++) last = await refresh(last.refresh_token);
    await authenticate(last.access_token);
    await expect(refresh(first.refresh_token)).rejects.toMatchObject({
      ...refused,
      details: { reason: "reused" },
    });
    await expect(authenticate(last.access_token)).rejects.toMatchObject(refused);
    await expect(refresh(last.refresh_token)).rejects.toMatchObject({
      ...refused,
      details: { reason: "invalid" },
    });
  });

  it("ends only the session whose token was used twice, and the audit tells", async () => {
    const { member, signIn } = await somebody();
    const [stolen, other] = [await signIn(), await signIn()];
    await refresh(stolen.refresh_token);
    await expect(refresh(stolen.refresh_token)).rejects.toMatchObject(refused);
    await refresh(other.refresh_token);
    const [entry] = (await member.call("get_audit_log", { operation: "refresh_session" })).items;
    expect(entry).toMatchObject({
      user_id: member.caller.userId,
      target: { kind: "session" },
      details: { ended: "refresh_token_reused" },
    });
  });

  it("gives one of fifty that send the same token at once the next one, and then ends the session", async () => {
    const { signIn } = await somebody();
    const { refresh_token } = await signIn();
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => refresh(refresh_token)));
    const given = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    expect(given).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject(refused);
    await expect(authenticate(given[0].access_token)).rejects.toMatchObject(refused);
  });

  it("is refused to what is no token of ours: forged, cut, of another form, an access token", async () => {
    const { signIn } = await somebody();
    const { refresh_token, access_token } = await signIn();
    const forged = `pfr_${Buffer.alloc(48, 7).toString("base64url")}`;
    for (const token of [
      forged,
      refresh_token.slice(0, -1),
      `${refresh_token}A`,
      "pfr_",
      "x",
      access_token,
    ]) {
      await expect(refresh(token)).rejects.toMatchObject({ ...refused, details: { reason: "invalid" } });
    }
    await refresh(refresh_token);
  });

  it("is refused when it was not used for the idle time, and after the longest time however often it was used", async () => {
    const { signIn } = await somebody();
    const idle = await signIn();
    let used = await signIn();
    for (let day = 0; day < 3; day++) {
      time += 1.5 * DAY_MS;
      used = await refresh(used.refresh_token);
    }
    expect(used.refresh_expires_in).toBe(0.5 * 24 * 60 * 60);
    await expect(refresh(idle.refresh_token)).rejects.toMatchObject(refused);
    time += 0.5 * DAY_MS;
    await expect(refresh(used.refresh_token)).rejects.toMatchObject(refused);
    await expect(authenticate(used.access_token)).rejects.toMatchObject(refused);
  });

  it("takes the role that the member has by now, and is refused once they are none", async () => {
    const host = await library.found("session-host");
    const guest = await library.join(host, "session-guest", "developer");
    const { tenantId, userId, username } = guest.caller;
    const members = library.app.storage.tenant(tenantId);
    const signedIn = await anonymous("login", { username, password: PASSWORD, tenant_id: tenantId });
    await members.write((store) => store.members.setRole(userId, "viewer"));
    const next = await refresh(signedIn.refresh_token);
    expect(next.role).toBe("viewer");
    await members.write((store) => store.members.remove(userId));
    await expect(refresh(next.refresh_token)).rejects.toMatchObject(refused);
  });

  it("is stored as hashes: no part of a token is in the database", async () => {
    const { signIn } = await somebody();
    const { refresh_token } = await signIn();
    const bytes = Buffer.from(refresh_token.slice(4), "base64url");
    const database = await rawDatabase(library);
    const rows = JSON.stringify(await database.rows("sessions"));
    await database.close();
    expect(rows).toContain(createHash("sha256").update(bytes).digest("hex"));
    for (const part of [bytes.subarray(0, 16), bytes.subarray(16)])
      for (const encoding of ["base64url", "base64", "hex"] as const)
        expect(rows).not.toContain(part.toString(encoding));
  });
});

describe("switch_tenant", () => {
  /** Somebody with a tenant more. */
  async function ofTwo() {
    const [{ member, signIn }, other] = [await somebody(), await somebody()];
    const tenantIds = [member.caller.tenantId, other.member.caller.tenantId];
    await library.app.storage
      .tenant(tenantIds[1]!)
      .write((store) => store.members.add(member.caller.userId, "viewer"));
    const switchFrom = async ({ access_token, tenant_id }: Answer) =>
      as(access_token, "switch_tenant", { tenant_id: tenantIds.find((id) => id !== tenant_id) });
    return { signIn, switchFrom };
  }

  it("is no new sign-in: however often one switches and renews, it ends when the first one would", async () => {
    const { signIn, switchFrom } = await ofTwo();
    let last = await signIn();
    for (let day = 0; day < 3; day++) {
      time += 1.5 * DAY_MS;
      last = await switchFrom(await refresh(last.refresh_token));
    }
    expect(last.refresh_expires_in).toBe(0.5 * 24 * 60 * 60);
    time += 0.5 * DAY_MS;
    await expect(refresh(last.refresh_token)).rejects.toMatchObject(refused);
    await expect(authenticate(last.access_token)).rejects.toMatchObject(refused);
  });

  it("renews nothing: the idle time goes on from when the calling session was renewed", async () => {
    const { signIn, switchFrom } = await ofTwo();
    const first = await signIn();
    time += 600_000;
    expect((await switchFrom(first)).refresh_expires_in).toBe(2 * 24 * 60 * 60 - 600);
  });

  it("gives no refresh token to a session that has none, and ends with that one's access token", async () => {
    const { signIn, switchFrom } = await ofTwo();
    const first = await signIn({ refresh: false });
    time += 600_000;
    const next = await switchFrom(first);
    expect(next).not.toHaveProperty("refresh_token");
    expect(next.expires_in).toBe(300);
    time += 300_000;
    await expect(authenticate(next.access_token)).rejects.toMatchObject(refused);
  });
});

describe("list_sessions", () => {
  it("shows when, where from, and which is this one", async () => {
    const { member } = await somebody();
    const { username } = member.caller;
    const { access_token } = await anonymous("login", { username, password: PASSWORD }, "192.0.2.7");
    const elsewhere = await anonymous("login", { username, password: PASSWORD }, "2001:db8::1");
    time += 60_000;
    await refresh(elsewhere.refresh_token);
    expect((await as(access_token, "list_sessions")).items).toMatchObject([
      { current: false, address: "2001:db8::1", last_used_at: new Date(time).toISOString() },
      {
        current: true,
        address: "192.0.2.7",
        created_at: new Date(time - 60_000).toISOString(),
        tenant: member.caller.tenantName,
      },
    ]);
  });
});

describe("sign_out", () => {
  it("ends this session at once: its access token and its refresh token", async () => {
    const { signIn } = await somebody();
    const [here, there] = [await signIn(), await signIn()];
    expect(await as(here.access_token, "sign_out")).toEqual({ ended: 1 });
    await expect(authenticate(here.access_token)).rejects.toMatchObject(refused);
    await expect(refresh(here.refresh_token)).rejects.toMatchObject(refused);
    await authenticate(there.access_token);
  });

  it("ends another one of mine, and finds somebody else's as little as one that is not there", async () => {
    const [{ signIn }, other] = [await somebody(), await somebody()];
    const [here, there, theirs] = [await signIn(), await signIn(), await other.signIn()];
    const { sessionId } = await authenticate(there.access_token);
    await as(here.access_token, "sign_out", { id: sessionId });
    await expect(authenticate(there.access_token)).rejects.toMatchObject(refused);
    for (const id of [(await authenticate(theirs.access_token)).sessionId, "nothing"]) {
      await expect(as(here.access_token, "sign_out", { id })).rejects.toMatchObject({ code: "not_found" });
    }
    await authenticate(theirs.access_token);
  });
});

describe("sign_out_everywhere", () => {
  it("ends all my sessions in all my tenants at the next call, and lets me sign in again at once", async () => {
    const [{ member, signIn }, other] = [await somebody(), await somebody()];
    const { tenantId } = other.member.caller;
    await library.app.storage
      .tenant(tenantId)
      .write((store) => store.members.add(member.caller.userId, "viewer"));
    const mine = [await signIn(), await signIn(), await signIn({ tenant_id: tenantId })];
    const theirs = await other.signIn();
    expect(await as(mine[0].access_token, "sign_out_everywhere")).toEqual({ ended: 3 });
    for (const { access_token, refresh_token } of mine) {
      await expect(authenticate(access_token)).rejects.toMatchObject(refused);
      await expect(refresh(refresh_token)).rejects.toMatchObject(refused);
    }
    await authenticate(theirs.access_token);
    await authenticate((await signIn()).access_token);
    const told = await other.member.call("get_audit_log", { operation: "sign_out_everywhere" });
    expect(told.items).toMatchObject([{ user_id: member.caller.userId, details: { sessions: 1 } }]);
  });

  it("ends what I let MCP clients do, too", async () => {
    const { member, signIn } = await somebody();
    const { tenantId, userId } = member.caller;
    const { storage } = library.app;
    const grant = grantOf(userId, "grant");
    await storage.tenant(tenantId).write((store) => store.clientGrants.add(grant));
    const grantor = () => storage.directory.read(({ oauth }) => oauth.findGrantor("grant"));
    expect(await grantor()).toMatchObject({ userId, tenantId });
    await as((await signIn()).access_token, "sign_out_everywhere");
    expect(await grantor()).toBeUndefined();
  });

  it("is told of in a tenant where nothing but an app's access ended", async () => {
    const [{ member, signIn }, host] = [await somebody(), await library.found(`app-host-${serial}`)];
    const { userId } = member.caller;
    const tenant = library.app.storage.tenant(host.caller.tenantId);
    const grant = grantOf(userId, "elsewhere");
    await tenant.write((store) => store.members.add(userId, "viewer"));
    await tenant.write((store) => store.clientGrants.add(grant));
    await as((await signIn()).access_token, "sign_out_everywhere");
    const told = await host.call("get_audit_log", { operation: "sign_out_everywhere" });
    expect(told.items).toMatchObject([{ user_id: userId, details: { sessions: 0, client_grants: 1 } }]);
  });

  it("leaves API keys, and is not for them: a key does nothing to its owner's sessions", async () => {
    const { member, signIn } = await somebody();
    const key = await member.key();
    const { access_token } = await signIn();
    for (const name of ["sign_out_everywhere", "sign_out", "list_sessions"]) {
      await expect(as(key, name)).rejects.toMatchObject({ code: "forbidden" });
    }
    await as(access_token, "sign_out_everywhere");
    await authenticate(key);
  });
});
