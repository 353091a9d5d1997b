/** Sequences that part from kube-apiserver, and may, by what they come upon. */
const known: Readonly<Record<string, readonly number[]>> = {
  // What is read first is the version that the body names, with warnings of its unknown fields, which we do not look for.
  'a custom resource of another version': [68],
  // Expressions are judged at admission here, behind what the kind's own rules find.
  'the order of what is wrong with a mutating policy': [121],
}

export const knownSequences: ReadonlySet<number> = new Set(Object.values(known).flat())
