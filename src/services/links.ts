/** Pages that people are sent to. */
export interface Links {
  home(): string;
  invitation(code: string): string;
  passwordReset(code: string): string;
  emailConfirmation(code: string): string;
}

/** @param base where the pages are reached, without a slash at the end. */
export function createLinks(base: string): Links {
  return {
    home: () => base,
    invitation: (code) => `${base}/invitation?code=${code}`,
    passwordReset: (code) => `${base}/password-reset?code=${code}`,
    emailConfirmation: (code) => `${base}/email-confirmation?code=${code}`,
  };
}
