/**
 * One object as the cache holds it: its JSON bytes beside its revision. Parsed only when asked.
 *
 * Stored bytes begin `{"kind":K,"apiVersion":V,"metadata":{` and carry no resourceVersion; it is spliced in as the
 * first member of metadata, so that an unchanged object is never encoded again.
 */
import type { KubeObject } from '#apimachinery/object.ts'

const metadataStart = Buffer.from('"metadata":{')
const versionStart = Buffer.from('"resourceVersion":"')
const versionEnd = Buffer.from('",')

export class CachedObject {
  /** Key in the store. */
  readonly key: string
  readonly revision: number
  readonly createRevision: number
  /** JSON with the resourceVersion. */
  readonly bytes: Buffer
  /** Where `"metadata":{` begins: what is before is kind and apiVersion, which list items leave out. */
  readonly bodyOffset: number

  /** What this is the same content of, as of another revision. */
  readonly origin: CachedObject | undefined

  constructor(key: string, stored: Uint8Array, revision: number, createRevision: number, origin?: CachedObject) {
    this.origin = origin
    this.key = key
    this.revision = revision
    this.createRevision = createRevision
    const source = asBuffer(stored)
    this.bodyOffset = source.indexOf(metadataStart)
    if (this.bodyOffset < 0) throw new Error(`the stored object ${key} has no metadata`)
    this.bytes = splice(source, this.bodyOffset + metadataStart.length, revision)
  }

  /** A copy of the caller's own. */
  parse(): KubeObject {
    return JSON.parse(this.bytes.toString('utf8')) as KubeObject
  }

  /** The same content as of another revision: what a watcher sees of an object that was deleted then. */
  at(revision: number): CachedObject {
    return new CachedObject(this.key, this.storedBytes(), revision, this.createRevision, this)
  }

  storedBytes(): Buffer {
    const start = this.bodyOffset + metadataStart.length
    const end = this.bytes.indexOf(versionEnd, start + versionStart.length) + versionEnd.length
    return Buffer.concat([this.bytes.subarray(0, start), this.bytes.subarray(end)])
  }
}

function splice(source: Buffer, at: number, revision: number): Buffer {
  const version = Buffer.from(`"resourceVersion":"${revision}",`)
  const result = Buffer.allocUnsafeSlow(source.length + version.length)
  source.copy(result, 0, 0, at)
  version.copy(result, at)
  source.copy(result, at + version.length, at)
  return result
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** What is written: kind and apiVersion first, metadata next, no resourceVersion. */
export function encodeStored(object: KubeObject): Buffer {
  const { kind, apiVersion, metadata, ...rest } = object
  const { resourceVersion: _, selfLink: __, ...meta } = metadata
  return Buffer.from(JSON.stringify({ kind, apiVersion, metadata: meta, ...rest }))
}
