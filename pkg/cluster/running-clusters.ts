/** The clusters that run on this machine, found by their supervisors: names of interfaces and namespaces belong to one of them. */
import { readdirSync, readFileSync } from 'node:fs'
import { loadConfig } from './config.ts'

export interface RunningCluster {
  readonly name: string
  readonly dataDir: string
}

export async function runningClusters(): Promise<RunningCluster[]> {
  const dirs = new Set(readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? supervisedBy(entry) : [])))
  const found = await Promise.all([...dirs].map(async (dataDir) => ({ dataDir, config: await loadConfig(dataDir).catch(() => undefined) })))
  return found.flatMap(({ dataDir, config }) => (config ? [{ name: config.name, dataDir }] : []))
}

/** Another data directory whose cluster has this name already. */
export async function namesake(name: string, dataDir: string): Promise<RunningCluster | undefined> {
  return (await runningClusters()).find((each) => each.name === name && each.dataDir !== dataDir)
}

function supervisedBy(pid: string): string[] {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    const at = words.indexOf('run-component')
    if (at < 0 || words[at + 1] !== 'supervise' || words[at + 2] !== '--data-dir' || !words[at + 3]) return []
    return [words[at + 3]!]
  } catch {
    // It ended between the look and the reading.
    return []
  }
}
