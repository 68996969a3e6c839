import { z } from "zod";

/** Fields that several operations share. */
export const cursorSchema = z.string().min(1).max(4096).describe("next_cursor of the page before");

export const nextCursorSchema = z
  .string()
  .nullable()
  .describe("Give it as cursor to get the next page; null on the last");

export function limitSchema(defaultLimit: number, maximum = 100) {
  return z.int().min(1).max(maximum).default(defaultLimit).describe("How many at most");
}

export const versionNumberSchema = z.int().min(1).describe("Number of a version");
