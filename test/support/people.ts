import { Browser } from "./browser.ts";
import { PASSWORD } from "./library.ts";
import type { Person } from "./oauth-clients.ts";

export interface Manners {
  /** Of several tenants, the button of the one to choose: `name (role)`. */
  readonly tenant?: string;
  /** The boxes that stay ticked; all of them when missing. */
  readonly scopes?: readonly string[];
}

/** Somebody who signs in on the pages where they are asked to, and allows what a client asks for. */
export function agreeing(serverUrl: string, username: string, manners: Manners = {}): Person {
  const browser = new Browser(serverUrl);
  return async (authorizationUrl) => {
    await browser.open(authorizationUrl);
    if (browser.page.html.includes("Password")) {
      await browser.press("Sign in", { username, password: PASSWORD });
    }
    if (manners.tenant !== undefined) await browser.press(manners.tenant);
    const boxes = manners.scopes === undefined ? {} : { scope: manners.scopes };
    const callback = await browser.press("Allow", boxes);
    if (callback === undefined) throw new Error(`The pages ended with ${browser.page.html}`);
    return callback;
  };
}
