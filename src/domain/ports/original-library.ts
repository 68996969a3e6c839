/** The library of the original PromptForge (Python), as far as it moves in here. It is read and never written. */
export interface OriginalLibrary {
  /** How many rows there are in all. */
  count(): number;
  /** By their ids. */
  users(): Iterable<OriginalRow<OriginalUser>>;
  /** Of one tenant, by their ids. */
  prompts(tenantId: string): Iterable<OriginalRow<OriginalPrompt>>;
  /** Of one prompt, by their numbers. */
  versions(promptId: number): Iterable<OriginalRow<OriginalVersion>>;
  /** Tenants that prompts name and no user belongs to. */
  tenantsWithoutUsers(): string[];
  /** Ids of versions whose prompt is not there. */
  strayVersions(): number[];
  close(): void;
}

/** A row, or what is wrong with it. */
export type OriginalRow<Row> = { readonly row: Row } | { readonly problem: OriginalProblem };

export interface OriginalProblem {
  readonly table: "user" | "prompt" | "promptversion" | "tenant";
  /** The row's id, as it stands there. */
  readonly id: string;
  readonly reason: string;
}

export interface OriginalUser {
  readonly id: number;
  readonly username: string;
  /** As passlib wrote it: bcrypt. */
  readonly hashedPassword: string;
  readonly role: string;
  readonly tenantId: string;
}

export interface OriginalPrompt {
  readonly id: number;
  readonly content: string;
  readonly userId: number | undefined;
  /** Unknown where the original did not note it. */
  readonly createdAt: Date | undefined;
}

export interface OriginalVersion {
  readonly id: number;
  readonly number: number;
  readonly content: string;
  readonly createdAt: Date | undefined;
}
