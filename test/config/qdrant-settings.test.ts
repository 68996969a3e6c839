import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config.ts";

const QDRANT_URL = "https://search.example:6333";

describe("the settings of Qdrant", () => {
  it("leave the index in the library's own file, unless there is an address", () => {
    expect(loadConfig({}).qdrant).toBeUndefined();
    expect(loadConfig({ QDRANT_API_KEY: "key", QDRANT_URL: "" }).qdrant).toBeUndefined();
  });

  it("are an address, a key and a collection with a name of its own", () => {
    expect(loadConfig({ QDRANT_URL }).qdrant).toEqual({
      url: QDRANT_URL,
      apiKey: undefined,
      collection: undefined,
    });
    const given = { QDRANT_URL, QDRANT_API_KEY: "key", PROMPTFORGE_QDRANT_COLLECTION: "team-a" };
    expect(loadConfig(given).qdrant).toEqual({ url: QDRANT_URL, apiKey: "key", collection: "team-a" });
  });

  it.each([
    ["QDRANT_URL", "search.example"],
    ["QDRANT_URL", "ftp://search.example"],
    ["QDRANT_URL", "https://ann:canary@search.example"],
    ["QDRANT_API_KEY", "canary\nof two lines"],
    ["PROMPTFORGE_QDRANT_COLLECTION", "../up"],
    ["PROMPTFORGE_QDRANT_COLLECTION", "a/b"],
  ])("are refused by name, and without the value: %s", (name, value) => {
    let message = "";
    try {
      loadConfig({ QDRANT_URL, [name]: value });
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(name);
    expect(message).not.toContain("canary");
  });
});
