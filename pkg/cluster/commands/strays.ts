/** Ends the processes of a cluster whose supervisor is gone, by the identities it left. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, type ProcessIdentity, signalProcess } from '../host/process-identity.ts'
import type { ClusterConfig } from '../types.ts'

export async function endStrays(config: Pick<ClusterConfig, 'dataDir'>): Promise<void> {
  const identities = leftIdentities(config.dataDir)
  for (const identity of identities) signalProcess(identity, 'SIGTERM')
  const until = Date.now() + 5_000
  while (identities.some(isAlive) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20))
  for (const identity of identities) signalProcess(identity, 'SIGKILL')
}

function leftIdentities(dataDir: string): ProcessIdentity[] {
  try {
    const directory = join(dataDir, 'run')
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json'))
      .map((name) => (JSON.parse(readFileSync(join(directory, name), 'utf8')) as { identity: ProcessIdentity }).identity)
  } catch {
    return []
  }
}
