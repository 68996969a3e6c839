/** A token cannot be taken back from those who verify it elsewhere, so it lives 15 minutes at most. In seconds. */
export const MAX_TOKEN_SECONDS = 900;
