import { expect, it } from "vitest";
import { createEventRelay } from "../../src/storage/postgres/event-relay.ts";
import { createLibrary, openPostgres } from "../support/shared-postgres.ts";
import { describeWithPostgres } from "../support/with-postgres.ts";

describeWithPostgres("the events of other processes", () => {
  it("are given up at once, also while they are only about to be listened to", async () => {
    const library = await createLibrary();
    const { database } = await openPostgres(library);
    const failures: unknown[] = [];
    for (const wait of [0, 1, 5, 20]) {
      const relay = createEventRelay({
        database,
        url: library.url,
        onFailure: (error) => failures.push(error),
      });
      relay.listen(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, wait));
      await relay.close();
    }
    expect(failures).toEqual([]);
  });
});
