import type { StoreEntry } from '../types.ts'

/** A superseded version that is not compacted yet. Its value is in the journal alone. */
export interface OlderVersion {
  readonly revision: number
  readonly createRevision: number
  readonly deleted: boolean
  older: OlderVersion | undefined
}

/** All versions of one key since the last compaction, newest first. */
export class KeyHistory {
  readonly key: string
  /** What is there now; undefined when the newest version is a delete. */
  entry: StoreEntry | undefined = undefined
  /** Of the newest version, put or delete. */
  revision = 0
  createRevision = 0
  expiresAtMs = 0
  older: OlderVersion | undefined = undefined

  constructor(key: string) {
    this.key = key
  }

  /** Puts a version on top; `entry` undefined is a delete. */
  advance(revision: number, createRevision: number, entry: StoreEntry | undefined, expiresAtMs: number): void {
    if (this.revision !== 0) {
      this.older = { revision: this.revision, createRevision: this.createRevision, deleted: this.entry === undefined, older: this.older }
    }
    this.revision = revision
    this.createRevision = createRevision
    this.entry = entry
    this.expiresAtMs = expiresAtMs
  }

  /** What was there as of `revision`. */
  at(revision: number, loadValue: (revision: number) => Uint8Array): StoreEntry | undefined {
    if (this.revision <= revision) return this.entry
    let version = this.older
    while (version && version.revision > revision) version = version.older
    if (!version || version.deleted) return undefined
    return { key: this.key, value: loadValue(version.revision), revision: version.revision, createRevision: version.createRevision }
  }

  existedAt(revision: number): boolean {
    if (this.revision <= revision) return this.entry !== undefined
    let version = this.older
    while (version && version.revision > revision) version = version.older
    return version !== undefined && !version.deleted
  }

  /** Forgets what no read at `revision` or later can see. True: nothing is left of the key. */
  compact(revision: number): boolean {
    if (this.revision <= revision) {
      this.older = undefined
      return this.entry === undefined
    }
    let version = this.older
    while (version && version.revision > revision) version = version.older
    if (version) version.older = undefined
    return false
  }
}
