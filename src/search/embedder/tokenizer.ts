import { Tokenizer } from "@huggingface/tokenizers";
import { withFewMarks } from "../../domain/composed.ts";

/** A stretch of a text that becomes the same tokens whatever stands beside it. `start` and `end` are UTF-16 offsets. */
export interface Atom {
  readonly start: number;
  readonly end: number;
  readonly tokens: readonly number[];
}

export interface ModelTokenizer {
  /** All of the text but its white space, in order. Tokens of the text are the tokens of its atoms, one after the other. */
  atoms(text: string): IterableIterator<Atom>;
  /** The tokens that start and end each input of the model. */
  readonly first: number;
  readonly last: number;
}

/**
 * What is used of the library, which ships its types in a form that NodeNext resolution does not find: the
 * package's exports are untyped here, and this is their boundary.
 */
interface LibraryTokenizer {
  readonly normalizer: (text: string) => string;
  readonly pre_tokenizer: (text: string) => string[];
  get_vocab(): Map<string, number>;
}

/** BERT's ideographs, each a word of its own. */
const IDEOGRAPHS =
  "\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2ceaf}\\u{2f800}-\\u{2fa1f}";
/**
 * Unicode's punctuation and what BERT counts as such: the ASCII symbols, and the letters-with-a-stroke that
 * decompose into one of them.
 */
const PUNCTUATION =
  "\\p{P}\\u0021-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u007e\\u1fef\\u2260\\u226e\\u226f";
/** What the normaliser makes a space. Other control characters vanish, and what they stood between grows together. */
const SPACE = "\\t\\n\\r\\p{Z}";
const ATOM = new RegExp(
  `\\[(?:PAD|UNK|CLS|SEP|MASK)\\]|[${IDEOGRAPHS}${PUNCTUATION}]|[^${IDEOGRAPHS}${PUNCTUATION}${SPACE}]+`,
  "gu",
);

const MAX_WORD_CHARACTERS = 100;
const CONTINUED = "##";

/**
 * The model's own tokenizer: lower-case WordPiece (https://arxiv.org/abs/1609.08144) after BERT's normalisation.
 *
 * Normalisation and the vocabulary are the library's; the search for the longest piece is done here, because
 * the library's tries every length of each word: 256 KiB of long made-up words take it 7 seconds, in which no
 * search is answered, and a bounded search some 0.2.
 *
 * @param json the text of tokenizer.json.
 */
export function createTokenizer(json: string): ModelTokenizer {
  const library: LibraryTokenizer = new Tokenizer(JSON.parse(json), {});
  const vocabulary = library.get_vocab();
  const continuations = new Map<string, number>();
  let longestPiece = 0;
  for (const [piece, id] of vocabulary) {
    if (piece.startsWith(CONTINUED)) continuations.set(piece.slice(CONTINUED.length), id);
    longestPiece = Math.max(longestPiece, piece.length);
  }
  const unknown = idOf("[UNK]");

  function idOf(token: string): number {
    const id = vocabulary.get(token);
    if (id === undefined) throw new Error(`The tokenizer has no ${token}.`);
    return id;
  }

  /** The longest piece that stands at `start` of a word. */
  function pieceAt(word: string, start: number): { readonly id: number; readonly end: number } | undefined {
    const pieces = start === 0 ? vocabulary : continuations;
    for (let end = Math.min(word.length, start + longestPiece); end > start; end--) {
      const id = pieces.get(word.slice(start, end));
      if (id !== undefined) return { id, end };
    }
    return undefined;
  }

  function piecesOf(word: string): readonly number[] {
    if (word.length > MAX_WORD_CHARACTERS && [...word].length > MAX_WORD_CHARACTERS) return [unknown];
    const ids: number[] = [];
    for (let start = 0; start < word.length; ) {
      const piece = pieceAt(word, start);
      if (piece === undefined) return [unknown];
      ids.push(piece.id);
      start = piece.end;
    }
    return ids;
  }

  function tokensOf(atom: string): readonly number[] {
    const special = atom.length > 1 && atom.startsWith("[") ? vocabulary.get(atom) : undefined;
    if (special !== undefined) return [special];
    // The library lower-cases whole words and so writes a Greek final sigma, which the model's own tokenizer does not.
    return library
      .pre_tokenizer(library.normalizer(withFewMarks(atom).replaceAll("Σ", "σ")))
      .flatMap(piecesOf);
  }

  return {
    first: idOf("[CLS]"),
    last: idOf("[SEP]"),
    *atoms(text) {
      for (const match of text.matchAll(ATOM)) {
        const [atom] = match;
        yield { start: match.index, end: match.index + atom.length, tokens: tokensOf(atom) };
      }
    },
  };
}

/** As much of the start of a text as fits in so many tokens: its tokens, and the UTF-16 offset at which it ends. */
export function fitStart(
  tokenizer: ModelTokenizer,
  text: string,
  room: number,
): { readonly tokens: number[]; readonly end: number } {
  const tokens: number[] = [];
  let end = 0;
  for (const atom of tokenizer.atoms(text)) {
    if (tokens.length + atom.tokens.length > room) {
      // The word that does not fit whole is read in part, as the model's own tokenizer cuts.
      tokens.push(...atom.tokens.slice(0, room - tokens.length));
      return { tokens, end: atom.end };
    }
    tokens.push(...atom.tokens);
    end = atom.end;
  }
  return { tokens, end };
}
