/**
 * Lets the host pass packets between the cluster and its uplinks, and gives back what was before.
 *
 * Only the `forwarding` switch of the interfaces that carry a default route is touched, never the global ip_forward,
 * which would reset every interface. What was found is kept below /run, which like the switches ends with the boot;
 * the last cluster that leaves restores it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'

const stateRoot = '/run/k8ts'
const originals = `${stateRoot}/forwarding`
const holders = `${stateRoot}/clusters`

const switchOf = (link: string) => `/proc/sys/net/ipv4/conf/${link}/forwarding`

/** Notes which ranges a cluster guards, so that its name alone is enough to remove everything. Comes before anything is made. */
export function rememberRanges(cluster: string, ranges: readonly string[]): void {
  mkdirSync(holders, { recursive: true })
  writeFileSync(`${holders}/${cluster}`, ranges.join('\n'))
}

export function rememberedRanges(cluster: string): string[] {
  const file = `${holders}/${cluster}`
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
}

export function holdForwarding(uplinks: readonly string[]): void {
  mkdirSync(originals, { recursive: true })
  for (const link of uplinks) {
    const found = readFileSync(switchOf(link), 'utf8').trim()
    if (found === '1') continue
    if (!existsSync(`${originals}/${link}`)) writeFileSync(`${originals}/${link}`, found)
    writeFileSync(switchOf(link), '1')
  }
}

/** The cluster needs it no more. */
export function releaseForwarding(cluster: string): void {
  if (!existsSync(stateRoot)) return
  rmSync(`${holders}/${cluster}`, { force: true })
  if (existsSync(holders) && readdirSync(holders).length > 0) return
  for (const link of existsSync(originals) ? readdirSync(originals) : []) {
    if (existsSync(switchOf(link))) writeFileSync(switchOf(link), readFileSync(`${originals}/${link}`, 'utf8'))
    rmSync(`${originals}/${link}`, { force: true })
  }
  for (const directory of [originals, holders, stateRoot]) removeIfEmpty(directory)
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTEMPTY') throw error
  }
}
