/** Every command, each loaded only when it runs. */
import type { Command, CommandEntry } from '../types.ts'

/** `suggestedFor` are words of other programs that a user may mean it by. */
const entry = (name: string, summary: string, load: () => Promise<{ command: Command }>, suggestedFor: readonly string[] = []): CommandEntry => ({
  name,
  summary,
  suggestedFor,
  load: async () => (await load()).command,
})

/** As upstream's help puts them together. */
const group = (heading: string, entries: readonly CommandEntry[]): CommandEntry[] => entries.map((each) => ({ ...each, group: heading }))

export const commands: readonly CommandEntry[] = [
  ...group('Basic Commands (Beginner):', [
    entry('create', 'Create a resource from a file or from stdin', () => import('./create.ts')),
    entry('expose', 'Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service', () => import('./expose.ts')),
    entry('run', 'Run a particular image on the cluster', () => import('./run.ts')),
    entry('set', 'Set specific features on objects', () => import('./set/index.ts')),
  ]),
  ...group('Basic Commands (Intermediate):', [
    entry('explain', 'Get documentation for a resource', () => import('./explain.ts')),
    entry('get', 'Display one or many resources', () => import('./get.ts'), ['list', 'ls']),
    entry('edit', 'Edit a resource on the server', () => import('./edit.ts')),
    entry('delete', 'Delete resources by file names, stdin, resources and names, or by resources and label selector', () => import('./delete.ts'), [
      'rm',
      'remove',
    ]),
  ]),
  ...group('Deploy Commands:', [
    entry('rollout', 'Manage the rollout of a resource', () => import('./rollout.ts')),
    entry('scale', 'Set a new size for a deployment, replica set, or replication controller', () => import('./scale.ts')),
    entry('autoscale', 'Auto-scale a deployment, replica set, stateful set, or replication controller', () => import('./autoscale.ts')),
  ]),
  ...group('Cluster Management Commands:', [
    entry('certificate', 'Modify certificate resources', () => import('./certificate.ts')),
    entry('cluster-info', 'Display cluster information', () => import('./cluster-info.ts')),
    entry('top', 'Display resource (CPU/memory) usage', () => import('./top.ts'), ['stats']),
    entry('cordon', 'Mark node as unschedulable', () => import('./cordon.ts')),
    entry('uncordon', 'Mark node as schedulable', () => import('./uncordon.ts')),
    entry('drain', 'Drain node in preparation for maintenance', () => import('./drain.ts')),
    entry('taint', 'Update the taints on one or more nodes', () => import('./taint.ts')),
  ]),
  ...group('Troubleshooting and Debugging Commands:', [
    entry('describe', 'Show details of a specific resource or group of resources', () => import('./describe.ts'), ['inspect']),
    entry('logs', 'Print the logs for a container in a pod', () => import('./logs.ts')),
    entry('attach', 'Attach to a running container', () => import('./attach.ts')),
    entry('exec', 'Execute a command in a container', () => import('./exec.ts')),
    entry('port-forward', 'Forward one or more local ports to a pod', () => import('./port-forward.ts')),
    entry('proxy', 'Run a proxy to the Kubernetes API server', () => import('./proxy.ts')),
    entry('cp', 'Copy files and directories to and from containers', () => import('./cp.ts')),
    entry('auth', 'Inspect authorization', () => import('./auth.ts')),
    entry('debug', 'Create debugging sessions for troubleshooting workloads and nodes', () => import('./debug.ts')),
    entry('events', 'List events', () => import('./events.ts')),
    entry('why', 'Say in plain words why something is pending, crashing, not ready, unreachable or stuck in deletion', () => import('./why.ts')),
  ]),
  ...group('Advanced Commands:', [
    entry('diff', 'Diff the live version against a would-be applied version', () => import('./diff.ts')),
    entry('apply', 'Apply a configuration to a resource by file name or stdin', () => import('./apply.ts')),
    entry('patch', 'Update fields of a resource', () => import('./patch.ts')),
    entry('replace', 'Replace a resource by file name or stdin', () => import('./replace.ts')),
    entry('wait', 'Wait for a specific condition on one or many resources', () => import('./wait.ts')),
    entry('kustomize', 'Build a kustomization target from a directory or URL', () => import('./kustomize.ts')),
  ]),
  ...group('Settings Commands:', [
    entry('label', 'Update the labels on a resource', () => import('./label.ts')),
    entry('annotate', 'Update the annotations on a resource', () => import('./annotate.ts')),
    entry('completion', 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)', () => import('./completion.ts')),
  ]),
  ...group('Other Commands:', [
    entry('api-resources', 'Print the supported API resources on the server', () => import('./api-resources.ts')),
    entry('api-versions', 'Print the supported API versions on the server, in the form of "group/version"', () => import('./api-versions.ts')),
    entry('config', 'Modify kubeconfig files', () => import('./config.ts')),
    entry('kuberc', 'Manage kuberc configuration files', () => import('./kuberc.ts')),
    entry('plugin', 'Provides utilities for interacting with plugins', async () => {
      const { pluginCommand } = await import('./plugin.ts')
      return { command: pluginCommand(commands) }
    }),
    entry('version', 'Print the client and server version information', () => import('./version.ts')),
    entry('options', 'Print the list of flags inherited by all commands', () => import('./options.ts')),
  ]),
]
