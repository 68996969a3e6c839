import { openPostgres } from "../support/shared-postgres.ts";
import { describeWithPostgres } from "../support/with-postgres.ts";
import { storageContract } from "./storage-contract.ts";

describeWithPostgres("with a PostgreSQL server", () => storageContract("PostgreSQL", () => openPostgres()));
