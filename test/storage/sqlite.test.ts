import { storageContract } from "./storage-contract.ts";
import { openTemp } from "./temp-sqlite.ts";

storageContract("SQLite", () => openTemp());
