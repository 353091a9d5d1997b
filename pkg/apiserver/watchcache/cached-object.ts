/**
 * One object as the cache holds it: the bytes of the store, shared with the store, beside their revision. Parsed only
 * when asked.
 *
 * Stored bytes begin `{"kind":K,"apiVersion":V,"metadata":{` and carry no resourceVersion; it is put in as the first member
 * of metadata when the object is sent, so that an unchanged object is never encoded again, and held once.
 */
import type { KubeObject } from '#apimachinery/object.ts'
import { readJson, writeJson } from '#apimachinery/codec/exact-json.ts'

const metadataStart = Buffer.from('"metadata":{')
const endOfLine = Buffer.from('\n')

export class CachedObject {
  /** Key in the store. */
  readonly key: string
  readonly revision: number
  readonly createRevision: number
  /** Where `"metadata":{` begins: what is before is kind and apiVersion, which list items leave out. */
  readonly bodyOffset: number

  /** What this is the same content of, as of another revision. */
  readonly origin: CachedObject | undefined
  readonly #stored: Buffer

  constructor(key: string, stored: Uint8Array, revision: number, createRevision: number, origin?: CachedObject) {
    this.origin = origin
    this.key = key
    this.revision = revision
    this.createRevision = createRevision
    this.#stored = asBuffer(stored)
    this.bodyOffset = this.#stored.indexOf(metadataStart)
    if (this.bodyOffset < 0) throw new Error(`the stored object ${key} has no metadata`)
  }

  /** JSON with the resourceVersion; made at each call. */
  get bytes(): Buffer {
    return Buffer.concat(this.parts(0))
  }

  /** The same with the end of its line: the whole of an answer. */
  get line(): Buffer {
    return Buffer.concat([...this.parts(0), endOfLine])
  }

  /** The same from an offset that is not beyond `bodyOffset`, in parts, to be joined with others. */
  parts(from: number): Buffer[] {
    const at = this.bodyOffset + metadataStart.length
    return [this.#stored.subarray(from, at), Buffer.from(this.#ownRevision()), this.#stored.subarray(at)]
  }

  /** How long the same is. */
  lengthFrom(from: number): number {
    return this.#stored.length - from + this.#ownRevision().length
  }

  /** Writes the same, and answers where it ends. Of a long list it makes nothing beside the list itself. */
  copyTo(target: Buffer, at: number, from: number): number {
    const head = this.bodyOffset + metadataStart.length
    let end = at + this.#stored.copy(target, at, from, head)
    end += target.write(this.#ownRevision(), end, 'latin1')
    return end + this.#stored.copy(target, end, head)
  }

  /** In which version it is stored. */
  get apiVersion(): string {
    return JSON.parse(`${this.#stored.toString('utf8', 0, this.bodyOffset - 1)}}`).apiVersion
  }

  /** About how long `bytes` are: of the store's form. */
  get storedLength(): number {
    return this.#stored.length
  }

  /** A copy of the caller's own. */
  parse(): KubeObject {
    const { kind, apiVersion, metadata, ...rest } = readJson(this.#stored.toString('utf8')) as KubeObject
    return { kind, apiVersion, metadata: { ...(this.revision > 0 ? { resourceVersion: String(this.revision) } : {}), ...metadata }, ...rest }
  }

  /** What was only tried (a dry run) has none. */
  #ownRevision(): string {
    return this.revision > 0 ? `"resourceVersion":"${this.revision}",` : ''
  }

  /** The same content as of another revision: what a watcher sees of an object that was deleted then. */
  at(revision: number): CachedObject {
    return new CachedObject(this.key, this.#stored, revision, this.createRevision, this)
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** What is written: kind and apiVersion first, metadata next, no resourceVersion. */
export function encodeStored(object: KubeObject): Buffer {
  const { kind, apiVersion, metadata, ...rest } = object
  const { resourceVersion: _, selfLink: __, ...meta } = metadata
  return ownBytes(writeJson({ kind, apiVersion, metadata: meta, ...rest }))
}

/**
 * In memory of their own. `Buffer.from` takes small ones out of blocks of 64 KB, together with all that is gone in a moment (answers,
 * watch events): one stored object of 1 KB would keep a whole block, and a server that replaces many objects would grow without end.
 */
function ownBytes(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text)
  return bytes
}
