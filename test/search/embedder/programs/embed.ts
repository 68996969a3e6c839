import { createBuiltinEmbedder } from "../../../../src/search/embedder/builtin.ts";

/** Embeds, and ends in the way that its first argument says. */
const text = "the quick brown fox ".repeat(80);
const embedder = createBuiltinEmbedder({ workers: 1 });
switch (process.argv[2]) {
  case "by itself": {
    const [vector] = await embedder.embed("tenant", [text]);
    process.stdout.write(`${vector?.length}`);
    break;
  }
  case "not before the answer":
    void embedder.embed("tenant", [text]).then(([vector]) => process.stdout.write(`${vector?.length}`));
    break;
  case "in the middle": {
    void embedder.embed(
      "tenant",
      Array.from({ length: 50 }, () => text),
    );
    await embedder.embedQuery("tenant", "hello");
    process.stdout.write("384");
    process.exit(0);
  }
}
