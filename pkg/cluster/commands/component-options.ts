/** What a cluster's components are configured by: files and flags, which are checked and kept with the cluster for later starts. */
import { readFileSync } from 'node:fs'
import { parseFlags } from '#apiserver/flags/parse.ts'
import { apiServerFlagsPath } from '../components.ts'
import { adoptControllerManagerFlags } from '../controller-manager-flags.ts'
import { adoptKubeletConfiguration } from '../node/kubelet-configuration.ts'
import { adoptSchedulerFlags } from '../scheduler-flags.ts'
import { writeAtomically } from '../pki/atomic-file.ts'
import type { ClusterConfig } from '../types.ts'
import { UsageError } from '../usage-error.ts'
import type { CommandContext, CommandOption } from './command.ts'

/** Of those that start a control plane. */
export const componentOptions: readonly CommandOption[] = [
  { name: 'kubelet-config', value: 'FILE', help: 'a KubeletConfiguration for its nodes (kubelet.config.k8s.io/v1beta1)' },
  { name: 'api-server-flags', value: 'FILE', help: "kube-apiserver's flags for audit, authentication and authorization, a line each" },
  { name: 'scheduler-config', value: 'FILE', help: 'a KubeSchedulerConfiguration: profiles, plugins and extenders (kubescheduler.config.k8s.io/v1)' },
  {
    name: 'controller-manager-arg',
    value: 'NAME=VALUE',
    repeatable: true,
    help: 'a flag of kube-controller-manager, in place of those it had (docs/controller-manager-flags.md); may be given again',
  },
  {
    name: 'scheduler-arg',
    value: 'NAME=VALUE',
    repeatable: true,
    help: 'a flag of kube-scheduler, in place of those it had (docs/scheduler.md); may be given again',
  },
]

interface Adoption {
  readonly option: string
  /** As the refusal says: "stop it before its nodes are configured anew". */
  readonly whose: string
  adopt(config: ClusterConfig, value: string): void | Promise<void>
}

const adoptions: readonly Adoption[] = [
  { option: 'kubelet-config', whose: 'nodes are', adopt: adoptKubeletConfiguration },
  { option: 'api-server-flags', whose: 'API server is', adopt: adoptApiServerFlags },
  {
    option: 'scheduler-config',
    whose: 'scheduler is',
    async adopt(config, file) {
      // All of the scheduler comes with it: only where it is needed.
      const { adoptSchedulerConfiguration } = await import('../scheduler-configuration.ts')
      adoptSchedulerConfiguration(config, file)
    },
  },
  { option: 'controller-manager-arg', whose: 'controllers are', adopt: adoptControllerManagerFlags },
  { option: 'scheduler-arg', whose: 'scheduler is', adopt: adoptSchedulerFlags },
]

/** Throws UsageError for what cannot be, and for anything while the cluster runs. What is not given stays as it was. */
export async function adoptComponentOptions(config: ClusterConfig, options: CommandContext['options'], isRunning: boolean): Promise<void> {
  for (const { option, whose, adopt } of adoptions) {
    const value = options[option]
    if (typeof value !== 'string') continue
    if (isRunning) throw new UsageError(`the cluster ${config.name} is running; stop it before its ${whose} configured anew: k8ts down`)
    await adopt(config, value)
  }
}

/** A flag that is not known is refused here; the files that flags name are read by the server itself. */
function adoptApiServerFlags(config: ClusterConfig, file: string): void {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
    parseFlags(text)
  } catch (error) {
    throw new UsageError(`--api-server-flags ${file}: ${(error as Error).message}`)
  }
  writeAtomically(apiServerFlagsPath(config), text)
}
