/** `k8ts delete`: takes everything that a cluster ever made off the host. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { checkName, defaultName, loadConfig, UnreadablePlan } from '../config.ts'
import { forgetDataDir } from '../data-directories.ts'
import { requireRoot } from '../host/requirements.ts'
import { removeFromKubeconfig, userKubeconfigPath } from '../kubeconfig-file.ts'
import { removeRunDirectory, unmountBelow } from '../node/mount-namespace.ts'
import { removeAll } from '#network/underlay/index.ts'
import { removeClusterCgroups } from '../node/stop-containers.ts'
import { namesake } from '../running-clusters.ts'
import { releaseHost } from '../supervise.ts'
import { askSupervisor } from '../supervisor/control-socket.ts'
import { UsageError } from '../usage-error.ts'
import { clusterOptions, type Command, dataDirOf } from './command.ts'
import { endStrays } from './strays.ts'

export const deleteCluster: Command = {
  name: 'delete',
  summary: 'Stops a cluster and removes everything it made: containers, mounts, namespaces, interfaces, rules, cgroups, files.',
  options: clusterOptions,
  examples: [
    ['k8ts delete', 'remove the cluster'],
    ['k8ts delete --name test', 'remove the cluster named test'],
  ],
  async run({ options, print }) {
    requireRoot()
    const dataDir = dataDirOf(options)
    const config = await loadConfig(dataDir).catch((error: Error) => {
      // Without its plan a cluster's name must be told, so that no other cluster's network is taken down.
      if (error instanceof UnreadablePlan && typeof options.name === 'string') return undefined
      throw error
    })
    const name = config?.name ?? (typeof options.name === 'string' ? options.name : defaultName)
    checkName(name)
    const isOurs = config !== undefined || (existsSync(dataDir) && readdirSync(dataDir).some((entry) => entry === 'config.json' || entry === 'control.sock'))
    if (!isOurs && existsSync(dataDir) && readdirSync(dataDir).length > 0) {
      throw new UsageError(`${dataDir} holds no k8ts cluster; nothing was removed`)
    }
    const reply = await askSupervisor(dataDir, { op: 'stop' })
    if (!reply?.ok) await endStrays({ dataDir })
    if (config) {
      await releaseHost(config)
    } else if (!(await namesake(name, dataDir))) {
      await removeAll({ name })
      removeClusterCgroups(name)
      await removeRunDirectory(name)
    }
    await unmountBelow(dataDir)
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    forgetDataDir(name, dataDir)
    const context = name === defaultName ? defaultName : `${defaultName}-${name}`
    await removeFromKubeconfig(userKubeconfigPath(), { cluster: context, user: `${context}-admin` })
    print(config || reply ? `Cluster ${name} is gone.\n` : `There is no cluster in ${dataDir}.\n`)
    return 0
  },
}
