/**
 * How long a token lasts, as GitLab's do. It only names a credential, whose rights are looked up each time: one
 * that is revoked is refused at once, however long its token would last.
 */
export const TOKEN_LIFETIME_MS = 15 * 60_000
