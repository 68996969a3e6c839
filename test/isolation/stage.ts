import { expect } from "vitest";
import type { Role } from "../../src/domain/roles.ts";
import type { Library, TestMember } from "../support/library.ts";
import { CANARY, furnish, probes, type Victim } from "./fixtures.ts";
import { openTenantWorlds } from "./tables.ts";
import { operationOf, type Way } from "./ways.ts";

/** A library with a victim in one tenant, and in another somebody of each of these roles. */
export interface Stage {
  readonly victim: Victim;
  readonly attackers: ReadonlyMap<Role, TestMember>;
  /** All that is stored for the victim's tenant, in whatever table. */
  world(): Promise<string>;
  close(): Promise<void>;
}

export async function setStage(library: Library, roles: readonly Role[]): Promise<Stage> {
  // What is delivered by and by would change the victim's world, and call somebody outside.
  await library.app.webhookDelivery.close();
  const owner = await library.found("victim");
  const colleague = await library.join(owner, `${CANARY}-colleague`, "viewer");
  await colleague.call("search_prompts", { query: CANARY });
  const { clientGrants } = library.app.services;
  const { tenantId, userId, call } = owner.caller;
  const client = { id: CANARY, name: CANARY };
  const scopes = ["prompts:read"] as const;
  const person = clientGrants.personOf(userId, undefined);
  const { grantId } = await clientGrants.grant(person, { tenantId, client, scopes }, call);
  const victim = { ...(await furnish(owner)), grantId };
  const host = await library.found("attacker");
  await host.call("create_prompt", { name: "own", content: "The attacker's own" });
  await host.call("update_prompt", { name: "own", content: "The attacker's own, again" });
  const members = await Promise.all(
    roles.map(async (role) => [role, await library.join(host, `attacker-${role}`, role)] as const),
  );
  await library.app.indexer.drain();
  await library.app.services.usage.flush();
  const worlds = await openTenantWorlds(library);
  return {
    victim,
    attackers: new Map(members),
    world: () => worlds.of(victim.member.caller.tenantId),
    close: () => worlds.close(),
  };
}

/**
 * Tries all that an operation could do to the victim. What the caller is told says nothing of the victim's, and is the
 * same for what is the victim's as for what is nobody's; and the victim's world stays as it was.
 */
export async function probe({ victim, world }: Stage, way: Way, name: string): Promise<void> {
  const operation = operationOf(name);
  const before = await world();
  for (const { theirs, nobodys } of probes[name]?.(victim) ?? []) {
    const answer = await way.call(operation, theirs);
    expect(JSON.stringify(answer)).not.toContain(CANARY);
    // What was not looked into shows nothing.
    expect(JSON.stringify(answer)).not.toContain("rate_limited");
    expect(lasting(answer)).toEqual(lasting(await way.call(operation, nobodys)));
  }
  expect(await world()).toBe(before);
}

/** An answer less what differs from call to call anyway. */
function lasting(answer: unknown): string {
  return JSON.stringify(answer, (key, value) => (VOLATILE.has(key) ? "…" : value), 2);
}

const VOLATILE = new Set([
  "id",
  "name",
  "created_at",
  "updated_at",
  "version_created_at",
  "secret",
  "code",
  "link",
  "expires_at",
  "tenant_id",
  "prefix",
  "last_used_at",
  "request_id",
  "generated_at",
]);
