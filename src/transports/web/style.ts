/** The style sheet of all pages, light and dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f5f8;
  --card: #ffffff;
  --text: #1d2433;
  --quiet: #5b6478;
  --line: #d8dce6;
  --accent: #3450c8;
  --on-accent: #ffffff;
  --bad: #a8201a;
  --bad-page: #fdecea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12151c;
    --card: #1b202a;
    --text: #e8ebf2;
    --quiet: #a2abbd;
    --line: #363e4e;
    --accent: #8ea4ff;
    --on-accent: #10142a;
    --bad: #ff9d96;
    --bad-page: #3a1f1e;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  min-height: 100vh;
  display: grid;
  place-items: center;
  padding: 1.5rem 1rem;
  background: var(--page);
  color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif;
}
main {
  width: 100%;
  max-width: 27rem;
  padding: 2rem;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 0.9rem;
}
.brand { margin: 0 0 1.25rem; font-weight: 650; color: var(--accent); }
h1 { margin: 0 0 0.5rem; font-size: 1.35rem; line-height: 1.3; overflow-wrap: anywhere; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
a { color: var(--accent); }
.account { margin: 1rem 0 0; }
.quiet { color: var(--quiet); font-size: 0.9rem; }
.bad { padding: 0.6rem 0.8rem; border-radius: 0.5rem; background: var(--bad-page); color: var(--bad); }
label { display: block; margin: 0 0 1rem; font-weight: 550; }
input[type="text"], input[type="password"] {
  display: block;
  width: 100%;
  margin-top: 0.3rem;
  padding: 0.6rem 0.75rem;
  border: 1px solid var(--line);
  border-radius: 0.5rem;
  background: var(--page);
  color: inherit;
  font: inherit;
  font-weight: 400;
}
ul { list-style: none; margin: 0 0 1rem; padding: 0; border: 1px solid var(--line); border-radius: 0.6rem; }
li { padding: 0.65rem 0.8rem; }
li + li { border-top: 1px solid var(--line); }
li label { display: flex; gap: 0.6rem; margin: 0; font-weight: 400; }
li input { flex: none; width: 1rem; height: 1rem; margin: 0.25rem 0 0; accent-color: var(--accent); }
button, .button {
  display: block;
  width: 100%;
  margin-top: 0.6rem;
  padding: 0.65rem 1rem;
  border: 1px solid var(--accent);
  border-radius: 0.5rem;
  background: var(--accent);
  color: var(--on-accent);
  font: inherit;
  font-weight: 600;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}
button.second, .button.second { background: transparent; border-color: var(--line); color: var(--text); }
button.link {
  display: inline;
  width: auto;
  margin: 0;
  padding: 0;
  border: 0;
  background: none;
  color: var(--accent);
  font-weight: 400;
  text-decoration: underline;
}
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`.trimStart();
