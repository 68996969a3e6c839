/** Who somebody is at an identity provider, and who they are here. */
export interface LinkedIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly userId: string;
  /** When the issuer said the newest of what was heeded: what it said earlier changes nothing any more. */
  readonly heardAt: Date;
}

export interface IdentityStore {
  find(issuer: string, subject: string): Promise<LinkedIdentity | undefined>;
  /** Whether a user is linked to anybody at this issuer. */
  isLinked(issuer: string, userId: string): Promise<boolean>;
  insert(identity: LinkedIdentity): Promise<void>;
  setHeardAt(issuer: string, subject: string, at: Date): Promise<void>;
}
