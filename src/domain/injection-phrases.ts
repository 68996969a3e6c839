import { type Advice, adviceFor } from "./advice.ts";

/**
 * Phrases by which a text tries to take a model over. Words in between are few, so that a match costs little; stories and
 * lessons about such phrases have them, too, and other words for the same are not found: it is advice.
 */
const PHRASES = [
  /\b(?:ignore|disregard|forget|override)\b[^.\n]{0,30}\b(?:previous|prior|above|earlier|preceding|foregoing)\b[^.\n]{0,20}\b(?:instructions?|directions?|prompts?|rules|guidelines|messages?)\b/giu,
  /\b(?:reveal|print|output|repeat|leak|show)\b[^.\n]{0,30}\b(?:system|hidden|initial)\s(?:prompt|instructions?|message)\b/giu,
  /\b(?:do not|don't|never)\b[^.\n]{0,10}\b(?:tell|inform|mention to|notify)\b[^.\n]{0,10}\bthe user\b/giu,
  /\bdo anything now\b|\bdeveloper mode (?:enabled|output)\b|\bjailbr(?:eak|oken)\b/giu,
  // Marks of chat formats, which stand in a text only to end the turn that it is in.
  /<\|(?:im_start|im_end|system|endoftext|eot_id|start_header_id)\|>|\[\/?INST\]|<<\/?SYS>>/gu,
];

/** Says where a text reads as if it were to turn a model against its instructions. */
export function adviseOnInjectionPhrases(content: string): Advice[] {
  const spans = PHRASES.flatMap((phrase) =>
    [...content.matchAll(phrase)].map(({ 0: text, index }) => ({ start: index, end: index + text.length })),
  ).sort((a, b) => a.start - b.start);
  return adviceFor(
    "injection_phrase",
    content,
    spans,
    (count) =>
      `${count === 1 ? "A phrase reads" : `${count} phrases read`} as if to turn a model against its instructions. Keep it only if it is meant.`,
  );
}
