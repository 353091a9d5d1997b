/** hostPath with its types: what must be there is checked, what may be made is made. */
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { HostPathVolumeSource } from '#api/gen/core/v1.ts'

export function prepareHostPath({ path, type = '' }: HostPathVolumeSource): string {
  const stat = existsSync(path) ? statSync(path) : undefined
  const fail = (what: string): never => {
    throw new Error(`hostPath type check failed: ${path} is not ${what}`)
  }
  switch (type) {
    case 'DirectoryOrCreate':
      if (!stat) mkdirSync(path, { recursive: true, mode: 0o755 })
      else if (!stat.isDirectory()) fail('a directory')
      break
    case 'Directory':
      if (!stat?.isDirectory()) fail('a directory')
      break
    case 'FileOrCreate':
      if (!stat) {
        if (!existsSync(dirname(path))) fail('a file')
        writeFileSync(path, '', { mode: 0o644 })
      } else if (!stat.isFile()) fail('a file')
      break
    case 'File':
      if (!stat?.isFile()) fail('a file')
      break
    case 'Socket':
      if (!stat?.isSocket()) fail('a socket file')
      break
    case 'CharDevice':
      if (!stat?.isCharacterDevice()) fail('a character device')
      break
    case 'BlockDevice':
      if (!stat?.isBlockDevice()) fail('a block device')
      break
    default:
      // Unchecked; the runtime would make a missing one as a directory, as upstream's does.
      if (!stat) mkdirSync(path, { recursive: true, mode: 0o755 })
  }
  return path
}
