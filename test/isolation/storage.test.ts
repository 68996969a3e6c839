import { describe } from "vitest";
import { apartContract, tenantContract } from "../storage/storage-contract.ts";
import { openTemp } from "../storage/temp-sqlite.ts";
import { besideTwins } from "./twins.ts";

describe("tenants apart, in SQLite", () => apartContract(() => openTemp()));

describe("beside a twin with the same ids, SQLite", () =>
  tenantContract(async () => besideTwins(await openTemp())));
