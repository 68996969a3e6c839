/** A browser at the issuer: it follows redirects, with its cookies, until it is sent back to the client. */
export async function followed(start: URL, redirectUri: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = start;
  for (let hop = 0; hop < 10; hop += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { redirect: "manual", headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    url = new URL(response.headers.get("location") ?? "", url);
    if (url.href.startsWith(redirectUri)) return url;
  }
  throw new Error(`The browser was not sent back, but to ${url.href}`);
}
