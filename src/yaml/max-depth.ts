/** Deeper than any real file; every walk over nodes goes this deep into the stack. */
export const MAX_DEPTH = 100
