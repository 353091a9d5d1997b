/** `k8ts logs`: what the cluster's own processes write. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../config.ts'
import { runInteractive } from '../host/exec.ts'
import { logPath } from '../supervisor/child.ts'
import { UsageError } from '../usage-error.ts'
import { clusterOptions, type Command, dataDirOf, noClusterIn, numberOption } from './command.ts'

export const logs: Command = {
  name: 'logs',
  summary: "Shows the logs of the cluster's own processes.",
  usage: '[COMPONENT] [-f] [--tail N]',
  takesArguments: true,
  options: [
    { name: 'follow', short: 'f', help: 'go on showing what comes' },
    { name: 'tail', value: 'N', help: 'how many lines from the end (default 200)' },
    ...clusterOptions,
  ],
  examples: [
    ['k8ts logs', 'all components'],
    ['k8ts logs apiserver -f', 'follow the API server'],
    ['k8ts logs node-1', "the first node's kubelet, proxy and DNS"],
  ],
  async run({ options, args }) {
    const dataDir = dataDirOf(options)
    if (!(await loadConfig(dataDir))) throw noClusterIn(options)
    const components = existsSync(join(dataDir, 'logs'))
      ? readdirSync(join(dataDir, 'logs'))
          .filter((name) => name.endsWith('.log'))
          .map((name) => name.slice(0, -4))
      : []
    const [wanted] = args
    if (wanted !== undefined && !components.includes(wanted.replaceAll('/', '-'))) {
      throw new UsageError(`no component "${wanted}"; there are: ${components.join(', ') || 'none yet'}`)
    }
    const paths = (wanted === undefined ? components : [wanted]).map((name) => logPath(dataDir, name))
    if (paths.length === 0) return 0
    const lines = String(numberOption(options, 'tail', 0, 1_000_000) ?? 200)
    return runInteractive(['tail', '-n', lines, ...(options.follow === true ? ['-F'] : []), ...paths])
  },
}
