/** The file that holds what was found, for the end of the run; absent where nobody asks. */
export const LEAKS_VARIABLE = 'LEAKS_OF_TESTS'
