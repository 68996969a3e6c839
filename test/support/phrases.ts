const VERBS = ["Review", "Summarise", "Translate", "Plan", "Explain", "Draft", "Rewrite", "Compare"];
const OBJECTS = [
  "a pull request",
  "a green tea menu",
  "a cover letter",
  "a birthday party",
  "a database schema",
  "a lease contract",
  "a holiday in Norway",
  "a chess opening",
  "a poem about the sea",
  "a recipe for bread",
];
const READERS = ["beginners", "busy managers", "children", "lawyers", "night nurses"];

/** The nth of 400 short phrases, no two alike, as titles of prompts are. */
export function phrase(n: number): string {
  const verb = VERBS[n % 8];
  const object = OBJECTS[Math.floor(n / 8) % 10];
  const reader = READERS[Math.floor(n / 80) % 5];
  return `${verb} ${object} for ${reader}`;
}
