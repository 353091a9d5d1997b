/** Lines in which ours parts from the original, and why. */
export const known: Readonly<Record<string, { readonly why: string }>> = {}
