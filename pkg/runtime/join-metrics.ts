/** Several texts in Prometheus' format as one: a family that more than one of them has is announced once, as readers insist. */
export function joinMetrics(texts: readonly string[]): string {
  const families = new Map<string, { readonly head: string[]; readonly samples: string[] }>()
  for (const text of texts) {
    let samples: string[] = []
    for (const line of text.split('\n')) {
      const [, word, name] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? []
      if (!name) {
        if (line !== '') samples.push(line)
        continue
      }
      const family = families.get(name) ?? { head: [], samples: [] }
      families.set(name, family)
      samples = family.samples
      if (!family.head.some((each) => each.startsWith(`# ${word} `))) family.head.push(line)
    }
  }
  return [...families.values()].map(({ head, samples }) => `${[...head, ...samples].join('\n')}\n`).join('')
}
