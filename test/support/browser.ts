/** What a page shows, as far as a person without JavaScript can use it. */
export interface ShownPage {
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly html: string;
}

export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

/** A browser without JavaScript: it keeps cookies by their path, follows redirects, and sends forms as they stand in the page. */
export class Browser {
  readonly #origin: string;
  #cookies: Cookie[] = [];
  #page: ShownPage | undefined;

  /** @param origin of the server whose pages it opens; a redirect to anywhere else is where a journey ends. */
  constructor(origin: string) {
    this.#origin = origin;
  }

  /** The page that it shows now. */
  get page(): ShownPage {
    if (this.#page === undefined) throw new Error("The browser has no page open");
    return this.#page;
  }

  /** What it keeps now. */
  get cookies(): readonly Cookie[] {
    return this.#cookies;
  }

  /** Opens an address; gives where it was sent in the end, if that is not on the server. */
  open(url: string | URL): Promise<URL | undefined> {
    return this.#go(new URL(url), { method: "GET" });
  }

  /**
   * Sends the form of the page with the button that has this text, with the fields filled in. A field that is an array stands
   * for the boxes that are ticked. Gives as `open`.
   */
  async press(button: string, fields: Readonly<Record<string, string | readonly string[]>> = {}) {
    const { html, url } = this.page;
    const form = formWith(html, button);
    const values = form.values.filter(([name]) => !(name in fields));
    const body = new URLSearchParams(values);
    for (const [name, value] of Object.entries(fields))
      for (const one of [value].flat()) body.append(name, one);
    const target = new URL(form.action, url);
    if (form.method === "get") {
      target.search = body.toString();
      return this.#go(target, { method: "GET" });
    }
    // As browsers do by the page's Referrer-Policy.
    return this.#go(target, { method: "POST", body, headers: { Origin: this.#origin } });
  }

  async #go(target: URL, init: RequestInit): Promise<URL | undefined> {
    for (let hops = 0; hops < 10; hops++) {
      if (target.origin !== this.#origin) return target;
      const headers = { Accept: "text/html", ...init.headers, Cookie: this.#cookiesFor(target.pathname) };
      const response = await fetch(target, { ...init, headers, redirect: "manual" });
      for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
      const location = response.headers.get("Location");
      if (location === null) {
        this.#page = {
          status: response.status,
          url: target.href,
          headers: response.headers,
          html: await response.text(),
        };
        return undefined;
      }
      await response.body?.cancel();
      target = new URL(location, target);
      init = { method: "GET" };
    }
    throw new Error("The browser was sent round in circles");
  }

  #cookiesFor(path: string): string {
    const fitting = this.#cookies.filter(
      (cookie) => path === cookie.path || path.startsWith(slashed(cookie.path)),
    );
    return fitting.map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  #keep(header: string): void {
    const [pair = "", ...attributes] = header.split(/; ?/);
    const at = pair.indexOf("=");
    const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? "/";
    const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), path };
    this.#cookies = this.#cookies.filter((other) => other.name !== cookie.name || other.path !== path);
    if (cookie.value !== "") this.#cookies.push(cookie);
  }
}

function slashed(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

/** The form that holds a button, its fields as they stand there, and where and how the button sends it. */
function formWith(html: string, button: string) {
  for (const [form = "", attributes = "", content = ""] of html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)) {
    const pressed = [...content.matchAll(/<button\b([^>]*)>(.*?)<\/button>/gs)].find(
      ([, , label = ""]) => unescaped(label.replace(/<[^>]*>/g, "").trim()) === button,
    );
    if (pressed === undefined) continue;
    const own = attributesOf(pressed[1] ?? "");
    const around = attributesOf(attributes);
    const inputs = [...form.matchAll(/<input\b([^>]*)>/g)].map(([, input = ""]) => attributesOf(input));
    const sent = inputs.filter((input) => input["type"] !== "checkbox" || "checked" in input);
    return {
      method: (around["method"] ?? "get").toLowerCase(),
      action: own["formaction"] ?? around["action"] ?? "",
      values: [...sent, own]
        .filter((input) => input["name"] !== undefined)
        .map((input): [string, string] => [input["name"] ?? "", input["value"] ?? ""]),
    };
  }
  throw new Error(`There is no button "${button}" in ${html}`);
}

function attributesOf(text: string): Record<string, string> {
  const found = text.matchAll(/([a-z-]+)(?:="([^"]*)")?/g);
  return Object.fromEntries([...found].map(([, name = "", value = ""]) => [name, unescaped(value)]));
}

/** What mustache escapes. */
function unescaped(text: string): string {
  const characters: Record<string, string> = {
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    "#39": "'",
    "#x2F": "/",
    "#x60": "`",
    "#x3D": "=",
  };
  return text.replace(/&([#\w]+);/g, (entity, name: string) => characters[name] ?? entity);
}
