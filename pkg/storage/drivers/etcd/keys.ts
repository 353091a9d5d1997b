import type { StoreEntry } from '../../types.ts'
import type { KeyValue } from './protocol.ts'

/** Between the store's keys and etcd's, which stand below a prefix of this cluster. */
export class KeySpace {
  readonly #prefix: string

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  encode(key: string): Buffer {
    return Buffer.from(this.#prefix + key)
  }

  decode(key: Buffer): string {
    return key.toString('utf8').slice(this.#prefix.length)
  }

  entry({ key, value, mod_revision, create_revision }: KeyValue): StoreEntry {
    return { key: this.decode(key), value, revision: mod_revision, createRevision: create_revision }
  }

  /** etcd's half-open interval of the keys with a prefix, after a key. */
  interval(prefix: string, after?: string): { readonly key: Buffer; readonly range_end: Buffer } {
    const start = this.encode(prefix)
    const next = after === undefined ? start : Buffer.concat([this.encode(after), Buffer.of(0)])
    return { key: Buffer.compare(next, start) > 0 ? next : start, range_end: endOfPrefix(start) }
  }
}

/** The first key after all with the prefix; "\0" is etcd's "to the end". */
function endOfPrefix(prefix: Buffer): Buffer {
  for (let last = prefix.length - 1; last >= 0; last--) {
    if (prefix[last]! === 0xff) continue
    const end = Buffer.from(prefix.subarray(0, last + 1))
    end[last]!++
    return end
  }
  return Buffer.of(0)
}
