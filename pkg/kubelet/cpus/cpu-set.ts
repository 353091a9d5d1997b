/** Sets of CPUs as the kernel writes them: "0-3,8". */
export function parseCpuSet(text: string): number[] {
  const cpus = text
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const match = /^(\d+)(?:-(\d+))?$/.exec(part)
      const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])]
      if (!match || last < first) throw new Error(`"${text}" is not a set of CPUs`)
      return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    })
  return [...new Set(cpus)].sort((a, b) => a - b)
}

export function formatCpuSet(cpus: Iterable<number>): string {
  const ranges: [first: number, last: number][] = []
  for (const cpu of [...cpus].sort((a, b) => a - b)) {
    const range = ranges.at(-1)
    if (range && cpu === range[1] + 1) range[1] = cpu
    else ranges.push([cpu, cpu])
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',')
}
