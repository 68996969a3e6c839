import { z } from "zod";

const days = z.coerce.number().int().min(1).max(3650);

/** Settings of people's sessions; a part of the environment's schema. */
export const sessionSettings = {
  /** Days after which a session that was not renewed ends. */
  PROMPTFORGE_SESSION_IDLE_DAYS: days.default(14),
  /** Days after which a session ends however often it was renewed. */
  PROMPTFORGE_SESSION_MAX_DAYS: days.default(90),
};
