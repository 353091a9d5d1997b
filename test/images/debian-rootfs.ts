/** A root file system out of Debian packages: downloaded, unpacked, nothing of them run. */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runOrThrow } from '#cluster/host/exec.ts'

const leftOut = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
  'usr/share/info',
  'usr/share/lintian',
  'usr/share/bug',
  'usr/lib/python3/dist-packages/tests',
]
/** What the closure names and a container has no use for. */
const notNeeded =
  /^(debconf|perl|dpkg|systemd|init-system-helpers|lsb-base|adduser|passwd|iproute2|media-types-doc|mount|util-linux|coreutils|tar|sysvinit-utils|cdebconf|ucf|sensible-utils|libpam|login|python3-debconf)/

/** Unpacks the packages and everything they depend on into `root`. */
export async function debianRootfs(root: string, packages: readonly string[]): Promise<void> {
  const downloads = `${root}.debs`
  await mkdir(downloads, { recursive: true })
  await mkdir(root, { recursive: true })
  const closure = (
    await runOrThrow([
      'apt-cache',
      'depends',
      '--recurse',
      '--no-recommends',
      '--no-suggests',
      '--no-conflicts',
      '--no-breaks',
      '--no-replaces',
      '--no-enhances',
      ...packages,
    ])
  )
    .split('\n')
    .filter((line) => /^[a-z0-9]/.test(line) && !line.includes(':'))
    .filter((name) => packages.includes(name) || !notNeeded.test(name))
  const real = new Set(
    (await runOrThrow(['apt-cache', 'show', '--no-all-versions', ...new Set(closure)]).catch(() => ''))
      .split('\n')
      .filter((line) => line.startsWith('Package: '))
      .map((line) => line.slice('Package: '.length)),
  )
  await runOrThrow(['sh', '-c', `cd "${downloads}" && apt-get download -qq ${[...real].join(' ')} >/dev/null`], { timeoutMs: 600_000 })
  for (const file of await readdir(downloads)) await runOrThrow(['dpkg-deb', '-x', join(downloads, file), root])
  for (const path of leftOut) await rm(join(root, path), { recursive: true, force: true })
  await rm(downloads, { recursive: true })
}
