/** cluster-info dump: what somebody far away needs to find out what is wrong: objects, events and logs. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { resourcePath } from '#client/paths.ts'
import { CommandError } from '../../errors.ts'
import { genericMessage } from '../../failures.ts'
import { outputFlags, printerOf } from '../../printers/index.ts'
import { builtIn } from '../../resources/write.ts'
import type { Command, Invocation } from '../../types.ts'

/** File, version and kind of what is dumped of a namespace, in upstream's order. */
const dumped = [
  ['events', 'v1', 'Event'],
  ['replication-controllers', 'v1', 'ReplicationController'],
  ['services', 'v1', 'Service'],
  ['daemonsets', 'apps/v1', 'DaemonSet'],
  ['deployments', 'apps/v1', 'Deployment'],
  ['replicasets', 'apps/v1', 'ReplicaSet'],
  ['pods', 'v1', 'Pod'],
] as const

export const dump: Command = {
  summary: 'Dump relevant information for debugging and diagnosis.',
  usage: '[flags]',
  flags: [
    ...outputFlags.map((flag) => (flag.name === 'output' ? { ...flag, default: 'json' } : flag)),
    { name: 'all-namespaces', short: 'A', type: 'bool', default: 'false', usage: 'Dump all namespaces; --namespaces is ignored' },
    { name: 'namespaces', type: 'stringSlice', usage: 'Namespaces to dump' },
    { name: 'output-directory', type: 'string', usage: "Folder to write to; standard output when empty or '-'" },
    { name: 'pod-running-timeout', type: 'duration', default: '20s', usage: 'How long to wait until at least one pod is running' },
  ],
  async run(invocation) {
    const { flags, out } = invocation
    const format = flags.string('output')
    const extension = format === 'json' || format === 'yaml' ? `.${format}` : '.txt'
    const print = await printerOf(invocation, 'plain', { typed: true })
    if (!print) throw new CommandError('error: an output format is required')
    if (format === 'name') throw new CommandError('error: list types are not supported by name printing: *v1.NodeList')
    const write = writer(invocation)
    const nodes = await list(invocation, 'v1', 'Node')
    write(`nodes${extension}`, print(nodes))
    for (const namespace of await namespacesOf(invocation)) {
      for (const [file, version, kind] of dumped) {
        const objects = await list(invocation, version, kind, namespace)
        write(join(namespace, `${file}${extension}`), print(objects))
        if (kind !== 'Pod') continue
        for (const pod of objects.items ?? []) write(join(namespace, pod.metadata.name, 'logs.txt'), await logsOf(invocation, pod))
      }
    }
    const folder = flags.string('output-directory')
    if (folder !== '' && folder !== '-') out(`Cluster info dumped to ${folder}\n`)
  },
}

/** Names of namespaces and pods cannot leave the folder: the server allows them neither slashes nor dots alone. */
function writer({ flags, io, out }: Invocation): (file: string, text: string) => void {
  const folder = flags.string('output-directory')
  if (folder === '' || folder === '-') return (_, text) => out(text)
  const root = resolve(io.cwd, folder)
  return (file, text) => {
    const path = resolve(root, file)
    if (!path.startsWith(`${root}/`)) throw new CommandError(`error: ${JSON.stringify(file)} would be outside of ${folder}`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
}

async function list(invocation: Invocation, apiVersion: string, kind: string, namespace?: string): Promise<any> {
  const answer = await invocation.session.json({ method: 'GET', path: resourcePath(await builtIn(invocation, apiVersion, kind), { namespace }) })
  return { ...answer, items: answer.items?.length > 0 ? answer.items : null }
}

async function namespacesOf(invocation: Invocation): Promise<readonly string[]> {
  const { flags, session } = invocation
  if (flags.bool('all-namespaces')) return (await list(invocation, 'v1', 'Namespace')).items?.map(({ metadata }: any) => metadata.name) ?? []
  return flags.list('namespaces').length > 0 ? flags.list('namespaces') : ['kube-system', await session.namespace()]
}

async function logsOf({ session }: Invocation, { metadata, spec }: any): Promise<string> {
  const client = await session.client()
  const parts: string[] = []
  for (const { name } of [...(spec.initContainers ?? []), ...spec.containers]) {
    const of = `container ${name} of pod ${metadata.namespace}/${metadata.name}`
    const path = `/api/v1/namespaces/${encodeURIComponent(metadata.namespace)}/pods/${encodeURIComponent(metadata.name)}/log?container=${encodeURIComponent(name)}`
    const request = { method: 'GET', path }
    const response = await client.request(request)
    const text = await response.text()
    const told = response.status < 400 ? text : `Request log error: ${genericMessage(request, response.status) ?? text}\n`
    parts.push(`==== START logs for ${of} ====\n${told}==== END logs for ${of} ====\n`)
  }
  return parts.join('')
}
