/** `k8ts down`: stops everything, keeps the data. */
import { loadConfig } from '../config.ts'
import { requireRoot } from '../host/requirements.ts'
import { releaseHost } from '../supervise.ts'
import { askSupervisor } from '../supervisor/control-socket.ts'
import { clusterOptions, type Command, dataDirOf } from './command.ts'
import { endStrays } from './strays.ts'

export const down: Command = {
  name: 'down',
  summary: 'Stops a cluster and its containers; objects, volumes and images stay for the next `k8ts up`.',
  options: clusterOptions,
  examples: [
    ['k8ts down', 'stop the cluster'],
    ['k8ts up', 'and have it back as it was'],
  ],
  async run({ options, print }) {
    requireRoot()
    const dataDir = dataDirOf(options)
    const config = await loadConfig(dataDir)
    if (!config) {
      print(`There is no cluster in ${dataDir}.\n`)
      return 0
    }
    const reply = await askSupervisor(dataDir, { op: 'stop' })
    if (!reply?.ok) {
      await endStrays(config)
      await releaseHost(config)
    }
    print(`Cluster ${config.name} is down; its data stays in ${dataDir}.\n`)
    return 0
  },
}
