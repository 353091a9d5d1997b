/** What the kernel's maps should hold, who asked for it, and what has changed since the last transaction. */
import { baseRules, endpointChain, familyWord, proxyTable, type TableOptions } from './base-rules.ts'
import type { IpFamily } from '../ip.ts'
import type { Elements } from './types.ts'

/** Elements whose keys two owners may both want; all others carry numbers that only one owner has. */
const contested = /^(cluster-ips|external-ips|node-ports|cluster-addresses|hairpin|host-ports|host-ip-ports|guarded|allowed|service-ranges) /

export class ElementStore {
  readonly #table: TableOptions
  readonly #wanted = new Map<string, string>()
  readonly #byOwner = new Map<string, Elements>()
  /** Contested keys → the owners that want them, in the order they came; the first has it. */
  readonly #claims = new Map<string, string[]>()
  /** Changed keys → their value in the kernel, undefined when it has none. */
  #changed = new Map<string, string | undefined>()
  #chains = new Set<string>()

  constructor(table: TableOptions) {
    this.#table = table
  }

  get size(): number {
    return this.#wanted.size
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0
  }

  /** Replaces all that an owner wants; an empty map withdraws it. Answers the keys that another owner has already. */
  replace(owner: string, elements: Elements): string[] {
    const previous = this.#byOwner.get(owner)
    const refused: string[] = []
    for (const key of previous?.keys() ?? []) if (!elements.has(key)) this.#withdraw(owner, key)
    if (elements.size > 0) this.#byOwner.set(owner, elements)
    else this.#byOwner.delete(owner)
    for (const [key, value] of elements) {
      if (contested.test(key) && !this.#claim(owner, key)) {
        if (this.#wanted.get(key) !== value) refused.push(key)
      } else this.#want(key, value)
    }
    return refused
  }

  /** One transaction that brings the kernel from what it has to what is wanted; empty when nothing changed. */
  takeChanges(): string {
    const changed = this.#changed
    this.#changed = new Map()
    const remove = new ElementLines('delete', this.#table.family)
    const add = new ElementLines('add', this.#table.family)
    let chains = ''
    for (const [key, before] of changed) {
      const after = this.#wanted.get(key)
      if (before === after) continue
      if (before !== undefined) remove.push(key, '')
      if (after !== undefined) {
        chains += this.#chainFor(key, after)
        add.push(key, after)
      }
    }
    return chains + remove.text() + add.text()
  }

  /** The whole table anew: at the start, and when the kernel may hold something else than we think. */
  takeEverything(): string {
    this.#changed = new Map()
    this.#chains = new Set()
    const add = new ElementLines('add', this.#table.family)
    let chains = ''
    for (const [key, value] of this.#wanted) {
      chains += this.#chainFor(key, value)
      add.push(key, value)
    }
    return baseRules(this.#table) + chains + add.text()
  }

  #want(key: string, value: string): void {
    const before = this.#wanted.get(key)
    if (before === value) return
    if (!this.#changed.has(key)) this.#changed.set(key, before)
    this.#wanted.set(key, value)
  }

  #claim(owner: string, key: string): boolean {
    const owners = this.#claims.get(key)
    if (!owners) {
      this.#claims.set(key, [owner])
      return true
    }
    if (!owners.includes(owner)) owners.push(owner)
    return owners[0] === owner
  }

  #withdraw(owner: string, key: string): void {
    const owners = this.#claims.get(key)
    if (owners) {
      const had = owners[0] === owner
      owners.splice(owners.indexOf(owner), 1)
      const heir = owners[0]
      if (heir !== undefined) {
        if (had) this.#want(key, this.#byOwner.get(heir)?.get(key) ?? '')
        return
      }
      this.#claims.delete(key)
    }
    if (!this.#changed.has(key)) this.#changed.set(key, this.#wanted.get(key))
    this.#wanted.delete(key)
  }

  #chainFor(key: string, value: string): string {
    if (!key.startsWith('dispatch ')) return ''
    const name = value.slice('goto '.length)
    if (!name.startsWith('any-of-') || this.#chains.has(name)) return ''
    this.#chains.add(name)
    return endpointChain(name, this.#table.family)
  }
}

/** Collects elements into one command a set. */
class ElementLines {
  readonly #verb: string
  readonly #table: string
  readonly #bySet = new Map<string, string[]>()

  constructor(verb: 'add' | 'delete', family: IpFamily) {
    this.#verb = verb
    this.#table = `${familyWord(family)} ${proxyTable}`
  }

  push(key: string, value: string): void {
    const blank = key.indexOf(' ')
    const set = key.slice(0, blank)
    const element = value === '' ? key.slice(blank + 1) : `${key.slice(blank + 1)} : ${value}`
    const elements = this.#bySet.get(set)
    if (elements) elements.push(element)
    else this.#bySet.set(set, [element])
  }

  text(): string {
    let text = ''
    for (const [set, elements] of this.#bySet) text += `${this.#verb} element ${this.#table} ${set} { ${elements.join(', ')} }\n`
    return text
  }
}
