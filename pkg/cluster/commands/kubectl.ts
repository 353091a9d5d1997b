/** `k8ts kubectl`: the project's own kubectl with this cluster's kubeconfig; K8TS_KUBECTL=path takes the one on PATH instead. */
import { existsSync } from 'node:fs'
import { runInteractive } from '../host/exec.ts'
import { findProgram } from '../host/requirements.ts'
import { UsageError } from '../usage-error.ts'
import type { Command } from './command.ts'
import { dataDirOf, noClusterIn } from './command.ts'
import { kubeconfigPath } from '../config.ts'

/** The project's own kubectl, as the launcher hands it in; loaded only when it runs. */
export type OwnKubectl = (argv: readonly string[], env: NodeJS.ProcessEnv) => Promise<number>

let own: OwnKubectl | undefined

export function useOwnKubectl(run: OwnKubectl): void {
  own = run
}

export const kubectl: Command = {
  name: 'kubectl',
  summary: 'Runs kubectl against the cluster, whatever your own kubeconfig says. (--name and --data-dir go before the word kubectl.)',
  usage: 'ARGUMENTS …',
  passThrough: true,
  examples: [
    ['k8ts kubectl get pods -A', ''],
    ['k8ts --name test kubectl get nodes', 'of the cluster named test'],
    ['k8ts kubectl help', "kubectl's own help"],
  ],
  async run({ args, options }) {
    const path = kubeconfigPath(dataDirOf(options))
    if (!existsSync(path)) throw noClusterIn(options)
    const env = { ...process.env, KUBECONFIG: path }
    if (own && process.env.K8TS_KUBECTL !== 'path') return own(args, env)
    const program = findProgram('kubectl')
    if (!program) throw new UsageError(`kubectl is not on PATH; use any other client with: export KUBECONFIG=${path}`)
    return runInteractive([program, ...args], env)
  },
}

/** Only the project's own kubectl has it. */
export const why: Command = {
  name: 'why',
  summary: 'Says in plain words why something is pending, crashing, not ready, unreachable or stuck in deletion.',
  usage: 'KIND/NAME [-n NAMESPACE]',
  passThrough: true,
  examples: [
    ['k8ts why pod/web', ''],
    ['k8ts why deployment/web -n shop', ''],
    ['k8ts why namespace/old', 'stuck in deletion'],
  ],
  async run({ args, options }) {
    const path = kubeconfigPath(dataDirOf(options))
    if (!existsSync(path)) throw noClusterIn(options)
    if (!own) throw new UsageError('this program has no kubectl of its own')
    return own(['why', ...args], { ...process.env, KUBECONFIG: path })
  },
}
