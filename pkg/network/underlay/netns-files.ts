/** The names of network namespaces, as `ip netns` keeps them: files onto which a namespace is mounted. */
import { existsSync, readdirSync, statfsSync, unlinkSync } from 'node:fs'
import { namespacePath, netnsDirectory } from './names.ts'

/** Magic number of nsfs, the file system of a mounted namespace. */
const nsfsMagic = 0x6e736673

export function namespaceExists(netns: string): boolean {
  const path = namespacePath(netns)
  return existsSync(path) && statfsSync(path).type === nsfsMagic
}

/** A name without a namespace is left when a machine or a process dies half way; it would only stand in the way. */
export function dropEmptyName(netns: string): void {
  const path = namespacePath(netns)
  if (existsSync(path) && statfsSync(path).type !== nsfsMagic) unlinkSync(path)
}

export function namespaceNames(): string[] {
  return existsSync(netnsDirectory) ? readdirSync(netnsDirectory) : []
}
