/** Volumes of a pod with fsGroup: group owned, group readable and writable, set-group-id on directories. */
import { chmodSync, chownSync, lchownSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

export function giveToGroup(path: string, group: number, policy: string): void {
  const stat = lstatSync(path)
  if (policy === 'OnRootMismatch' && stat.gid === group && (stat.mode & 0o2070) === 0o2070) return
  if (stat.isSymbolicLink()) {
    lchownSync(path, stat.uid, group)
    return
  }
  chownSync(path, stat.uid, group)
  chmodSync(path, (stat.mode & 0o7777) | (stat.isDirectory() ? 0o2770 : 0o660))
  if (stat.isDirectory()) for (const name of readdirSync(path)) giveToGroup(join(path, name), group, 'Always')
}
