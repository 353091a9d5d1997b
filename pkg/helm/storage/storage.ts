/** Revisions of releases by name, over a driver. */
import type { Release } from '../release/release.ts'
import { type Driver, NoDeployedReleases, ReleaseNotFound } from './types.ts'

export interface Storage {
  get(name: string, version: number): Promise<Release>
  /** Every revision, oldest first. Throws ReleaseNotFound when there is none. */
  history(name: string): Promise<Release[]>
  last(name: string): Promise<Release>
  deployed(name: string): Promise<Release>
  deployedAll(name: string): Promise<Release[]>
  list(): Promise<Release[]>
  /** `keep`: no more revisions than these stay, the deployed one always; 0 keeps all. */
  create(release: Release, keep?: number): Promise<void>
  update(release: Release): Promise<void>
  delete(release: Release): Promise<void>
  /** A sign of life of the operation at work on it. */
  beat(release: Release): Promise<void>
}

const keyOf = (name: string, version: number): string => `sh.helm.release.v1.${name}.v${version}`
const byVersion = (a: Release, b: Release): number => a.version - b.version

export function createStorage(driver: Driver): Storage {
  const all = async (labels: Record<string, string>): Promise<Release[]> => (await driver.query(labels)).sort(byVersion)
  const storage: Storage = {
    get: (name, version) => driver.get(keyOf(name, version)),
    async history(name) {
      const found = await all({ name, owner: 'helm' })
      if (found.length === 0) throw new ReleaseNotFound()
      return found
    },
    last: async (name) => (await storage.history(name)).at(-1)!,
    deployedAll: (name) => all({ name, owner: 'helm', status: 'deployed' }),
    async deployed(name) {
      const found = await storage.deployedAll(name)
      if (found.length === 0) throw new NoDeployedReleases(name)
      return found.at(-1)!
    },
    list: () => all({ owner: 'helm' }),
    async create(release, keep = 0) {
      if (keep > 0) await removeOldest(release.name, keep - 1)
      await driver.create(keyOf(release.name, release.version), release)
    },
    update: (release) => driver.update(keyOf(release.name, release.version), release),
    delete: (release) => driver.delete(keyOf(release.name, release.version)),
    beat: (release) => driver.beat(keyOf(release.name, release.version)),
  }

  async function removeOldest(name: string, most: number): Promise<void> {
    const found = await all({ name, owner: 'helm' })
    if (found.length <= most) return
    const deployed = (await storage.deployedAll(name)).at(-1)
    const surplus = found.filter(({ version }) => version !== deployed?.version).slice(0, found.length - most)
    for (const release of surplus) await storage.delete(release)
  }
  return storage
}
