import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHere } from "../cli/processes.ts";

describe("a library in PostgreSQL", () => {
  it("has its backups by PostgreSQL's own means, and says so", async () => {
    const env = {
      DATABASE_URL: "postgres://ada@127.0.0.1:1/library",
      QDRANT_URL: "http://127.0.0.1:1",
      PROMPTFORGE_KEYS_SECRET: "a secret of more than thirty-two characters",
    };
    const byHand = await runHere(["backup", join(tmpdir(), "promptforge-never-made")], { env });
    expect(byHand).toMatchObject({ code: 2, stderr: expect.stringContaining("pg_dump") });
    const scheduled = await runHere(["doctor"], {
      env: { ...env, PROMPTFORGE_BACKUP_DIR: join(tmpdir(), "promptforge-never-made") },
    });
    expect(scheduled).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("PROMPTFORGE_BACKUP_DIR is for a library"),
    });
  });
});
