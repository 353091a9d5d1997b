/**
 * A path below a volume, as one mount of it: resolved once, checked to lie inside, and held by a bind mount of the very file that
 * was checked, so that a link put in its way, before or later, leads nowhere else.
 */
import { chmodSync, closeSync, constants, existsSync, mkdirSync, openSync, readlinkSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { bindMount, isMounted, unmount } from './mounts.ts'

/** Names a file without opening it for reading: Linux's O_PATH. */
const pathOnly = 0o10000000

/** Binds `volumePath/subPath` to `target`, making it as a directory where it is missing. Safe to call again: the mount follows a file that was replaced. */
export async function bindSubPath(volumePath: string, subPath: string, target: string): Promise<void> {
  if (isAbsolute(subPath) || subPath.split('/').includes('..')) throw new Error('subPath must stay within the volume')
  const root = realpathSync(volumePath)
  const wanted = join(root, subPath)
  makeDirectories(root, wanted)
  const file = openSync(wanted, constants.O_RDONLY | pathOnly)
  try {
    const held = `/proc/${process.pid}/fd/${file}`
    if (!within(root, readlinkSync(held))) throw new Error('subPath leads out of the volume')
    if (isMounted(target)) {
      if (sameFile(held, target)) return
      // The volume has new contents, as a ConfigMap's after a change.
      await unmount(target)
    }
    if (statSync(held).isDirectory()) mkdirSync(target, { recursive: true })
    else {
      mkdirSync(dirname(target), { recursive: true })
      if (!existsSync(target)) writeFileSync(target, '')
    }
    await bindMount(held, target)
  } finally {
    closeSync(file)
  }
}

function within(root: string, path: string): boolean {
  return path === root || path.startsWith(root === '/' ? root : `${root}/`)
}

/** Made with the volume's own mode, whatever the umask: who may write the volume may write what lies below it. */
function makeDirectories(root: string, wanted: string): void {
  if (existsSync(wanted)) return
  const missing: string[] = []
  let at = wanted
  for (; !existsSync(at); at = dirname(at)) missing.unshift(at)
  if (!within(root, realpathSync(at))) throw new Error('subPath leads out of the volume')
  const mode = statSync(root).mode & 0o7777
  for (const directory of missing) {
    mkdirSync(directory)
    chmodSync(directory, mode)
  }
}

function sameFile(one: string, other: string): boolean {
  const [a, b] = [statSync(one), statSync(other)]
  return a.dev === b.dev && a.ino === b.ino
}
