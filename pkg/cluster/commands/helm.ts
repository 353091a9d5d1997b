/** `k8ts helm`: the project's own helm, with this cluster's kubeconfig where there is one. */
import { existsSync } from 'node:fs'
import type { Command } from './command.ts'
import { dataDirOf } from './command.ts'
import { kubeconfigPath } from '../config.ts'

/** The project's own helm, as the launcher hands it in; loaded only when it runs. */
export type OwnHelm = (argv: readonly string[], env: NodeJS.ProcessEnv) => Promise<number>

let own: OwnHelm | undefined

export function useOwnHelm(run: OwnHelm): void {
  own = run
}

export const helm: Command = {
  name: 'helm',
  summary: 'Runs helm, on this cluster where there is one. (--name and --data-dir go before the word helm.)',
  usage: 'ARGUMENTS …',
  passThrough: true,
  examples: [
    ['k8ts helm install web ./chart --wait', 'installs a chart and waits until it is ready'],
    ['k8ts helm template web ./chart', 'prints what the chart would install'],
    ['k8ts helm help', "helm's own help"],
  ],
  async run({ args, options }) {
    const path = kubeconfigPath(dataDirOf(options))
    return own!(args, existsSync(path) ? { ...process.env, KUBECONFIG: path } : process.env)
  },
}
