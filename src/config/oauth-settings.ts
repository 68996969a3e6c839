import { z } from "zod";

/** Settings of the sign-in of MCP clients; a part of the environment's schema. */
export const oauthSettings = {
  /**
   * `open`: clients that publish no metadata document may register themselves; `closed`: they may not, and those of them
   * that did go on.
   */
  PROMPTFORGE_CLIENT_REGISTRATION: z.enum(["open", "closed"]).default("open"),
};
