/** Lines in which ours parts from the original, and why. */
export const known: Readonly<Record<string, { readonly why: string }>> = {
  'show chart x --repo HTTP/bad': { why: 'the original reads the copy of the index that it has just written, and tells all that is wrong in it once more' },
}
