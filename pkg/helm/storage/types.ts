/** Where releases are kept (Helm's pkg/storage). */
import type { Release } from '../release/release.ts'

export interface Driver {
  get(key: string): Promise<Release>
  /** All that carry these labels; with the labels of their records. */
  query(labels: Readonly<Record<string, string>>): Promise<Release[]>
  create(key: string, release: Release): Promise<void>
  update(key: string, release: Release): Promise<void>
  delete(key: string): Promise<void>
  /** Leaves a sign of life in the record of an operation at work. */
  beat(key: string): Promise<void>
}

export class ReleaseNotFound extends Error {
  constructor() {
    super('release: not found')
  }
}

export class ReleaseExists extends Error {
  constructor() {
    super('release: already exists')
  }
}

export class NoDeployedReleases extends Error {
  constructor(name: string) {
    super(`${JSON.stringify(name)} has no deployed releases`)
  }
}

export const systemLabels: readonly string[] = ['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt']
