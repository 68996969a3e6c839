/** Makes the built program executable: `npm link` does it once, for the build that was there then. */
import { chmodSync } from "node:fs";

chmodSync(new URL("../dist/bin/promptforge.js", import.meta.url), 0o755);
