import { z } from "zod";

/** One that is to be set. What it has to be like, the password policy says. */
export const newPasswordSchema = z.string().max(1024).describe("8 to 256 characters, not a common one");

export const resetCodeSchema = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .describe("The code from the mail, or from the operator");
