import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig, SETTINGS } from "../../src/config/config.ts";

function problemWith(settings: Record<string, string>): string {
  try {
    loadConfig(settings);
  } catch (error) {
    expect(error).toMatchObject({ code: "invalid_input" });
    return (error as Error).message;
  }
  throw new Error("The settings were accepted.");
}

describe("the settings", () => {
  it.each([
    ["~/prompts", join(homedir(), "prompts")],
    ["~", homedir()],
    ["/srv/~/prompts", "/srv/~/prompts"],
    ["~ada/prompts", join(process.cwd(), "~ada/prompts")],
  ])("take a data folder in one's home: %s", (given, dataDir) => {
    expect(loadConfig({ PROMPTFORGE_DATA_DIR: given }).dataDir).toBe(dataDir);
  });

  it.each([
    ["PROMPTFORGE_PORT", "abc", "PROMPTFORGE_PORT must be a whole number from 0 to 65535; it is 'abc'."],
    ["PROMPTFORGE_PORT", "70000", "PROMPTFORGE_PORT must be a whole number from 0 to 65535; it is '70000'."],
    ["PROMPTFORGE_INDEXER", "yes", "PROMPTFORGE_INDEXER must be true or false; it is 'yes'."],
    ["PROMPTFORGE_REGISTRATION", "off", "PROMPTFORGE_REGISTRATION must be open or closed; it is 'off'."],
    ["PROMPTFORGE_PUBLIC_URL", "prompts", "PROMPTFORGE_PUBLIC_URL must be an address such as https://"],
  ])("say in words what %s must be and that it is %s", (name, value, sentence) => {
    const problem = problemWith({ [name]: value });
    expect(problem).toContain(sentence);
    expect(problem).toContain(".env.example");
  });

  it("name every fault, and each once", () => {
    const problem = problemWith({ PROMPTFORGE_PORT: "1.5", PROMPTFORGE_LOG_LEVEL: "loud" });
    expect(problem.match(/must be/g)).toHaveLength(2);
  });

  it("are cut short and made harmless where they are repeated", () => {
    const problem = problemWith({ PROMPTFORGE_PORT: `\u001b[2J${"9".repeat(500)}` });
    expect(problem).not.toContain("\u001b");
    expect(problem.length).toBeLessThan(300);
  });

  it("are never repeated where they are secrets", () => {
    const secrets = SETTINGS.filter((name) => /TOKEN$|KEY$|PASSWORD$|URL$/.test(name));
    expect(secrets.length).toBeGreaterThan(4);
    const canary = "ca\nnary";
    const given = Object.fromEntries(secrets.map((name) => [name, canary]));
    expect(problemWith({ ...given, PROMPTFORGE_PORT: "x" })).not.toMatch(/ca.?nary/s);
  });
});

describe("the proxies that are believed", () => {
  it("are addresses, networks and names of networks", () => {
    const entries = ["127.0.0.1", "10.0.0.0/8", "2001:db8::/32", "loopback"];
    expect(loadConfig({ PROMPTFORGE_TRUSTED_PROXIES: entries.join(", ") }).trustedProxies).toEqual(entries);
    expect(loadConfig({}).trustedProxies).toEqual([]);
  });

  it.each(["all", "10.0.0.0/33", "10.0.0.0/8/8", "proxy.example.com", "2001:db8::/129", "10.0.0.0/"])(
    "are not %s",
    (entry) => {
      expect(problemWith({ PROMPTFORGE_TRUSTED_PROXIES: entry })).toContain(
        "PROMPTFORGE_TRUSTED_PROXIES must be",
      );
    },
  );
});
