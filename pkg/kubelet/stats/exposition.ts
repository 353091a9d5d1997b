/** Prometheus' text format: families of samples, in the order in which they are begun. */

export type Labels = Readonly<Record<string, string>>

export class Exposition {
  readonly #families = new Map<string, string[]>()

  /** Begins a family; its samples may follow at any time. */
  family(name: string, type: 'gauge' | 'counter' | 'histogram', help: string): this {
    if (!this.#families.has(name)) this.#families.set(name, [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`])
    return this
  }

  /** Of the family of that name, or of the histogram whose part it is. */
  sample(name: string, labels: Labels, value: number, atMs?: number): this {
    const family = this.#families.get(name) ?? this.#families.get(name.replace(/_(bucket|sum|count)$/, ''))
    if (!family) throw new Error(`no family ${name}`)
    family.push(`${name}${labelText(labels)} ${value}${atMs === undefined ? '' : ` ${atMs}`}`)
    return this
  }

  toString(): string {
    return `${[...this.#families.values()].flat().join('\n')}\n`
  }
}

/** As Prometheus' own library writes them: by name, and the bound of a bucket last. */
const byName = ([one]: readonly [string, string], [other]: readonly [string, string]): number => (one === 'le' ? 1 : other === 'le' ? -1 : one < other ? -1 : 1)

const escaped = (text: string): string => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"')

function labelText(labels: Labels): string {
  const parts = Object.entries(labels)
    .sort(byName)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}
