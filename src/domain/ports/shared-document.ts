/** A text that all processes of a library share. */
export interface SharedDocument {
  /** `undefined` where nobody has written it. */
  read(): Promise<{ readonly text: string; readonly revision: number } | undefined>;
  /** Writes it, unless somebody has changed it since the revision that was read; 0: since there was none. Says whether it was written. */
  write(text: string, since: number): Promise<boolean>;
}
