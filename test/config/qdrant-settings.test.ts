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
      otherUrls: [],
      apiKey: undefined,
      collection: undefined,
      layout: {
        shards: undefined,
        replicas: undefined,
        writeConsistency: undefined,
        quantization: "none",
        tenancy: "spread",
      },
      readConsistency: undefined,
    });
    const given = { QDRANT_URL, QDRANT_API_KEY: "key", PROMPTFORGE_QDRANT_COLLECTION: "team-a" };
    expect(loadConfig(given).qdrant).toMatchObject({ url: QDRANT_URL, apiKey: "key", collection: "team-a" });
  });

  it("name several nodes of a cluster, and how its collection is laid out", () => {
    const given = {
      QDRANT_URL: "http://q1:6333, http://q2:6333,http://q3:6333",
      PROMPTFORGE_QDRANT_SHARDS: "12",
      PROMPTFORGE_QDRANT_REPLICAS: "2",
      PROMPTFORGE_QDRANT_WRITE_CONSISTENCY: "1",
      PROMPTFORGE_QDRANT_READ_CONSISTENCY: "majority",
      PROMPTFORGE_QDRANT_QUANTIZATION: "int8",
      PROMPTFORGE_QDRANT_TENANCY: "tiered",
    };
    expect(loadConfig(given).qdrant).toMatchObject({
      url: "http://q1:6333",
      otherUrls: ["http://q2:6333", "http://q3:6333"],
      layout: { shards: 12, replicas: 2, writeConsistency: 1, quantization: "int8", tenancy: "tiered" },
      readConsistency: "majority",
    });
    expect(loadConfig({ ...given, PROMPTFORGE_QDRANT_READ_CONSISTENCY: "2" }).qdrant?.readConsistency).toBe(
      2,
    );
  });

  it.each([
    ["QDRANT_URL", "search.example"],
    ["QDRANT_URL", "ftp://search.example"],
    ["QDRANT_URL", "https://ann:canary@search.example"],
    ["QDRANT_URL", "http://q1,https://ann:canary@q2"],
    ["QDRANT_URL", "http://q1,"],
    ["QDRANT_URL", "http://q1,http://q1"],
    ["PROMPTFORGE_QDRANT_REPLICAS", "0"],
    ["PROMPTFORGE_QDRANT_SHARDS", "2.5"],
    ["PROMPTFORGE_QDRANT_READ_CONSISTENCY", "most"],
    ["PROMPTFORGE_QDRANT_QUANTIZATION", "int4"],
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
