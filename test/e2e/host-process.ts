/** Finds a container's processes on the host, by the cgroup that carries their pod's uid. */
import { readdirSync, readFileSync } from 'node:fs'

/** Pids of the pod's processes whose command line contains `text`. */
export function processesOf(podUid: string, text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(podUid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(text)
      } catch {
        return false
      }
    })
}
