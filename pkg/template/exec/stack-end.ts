/** The end of this process's stack. Told without a regular expression, which would need stack itself. */
export const isStackEnd = (error: unknown): boolean => error instanceof RangeError && error.message === 'Maximum call stack size exceeded'
