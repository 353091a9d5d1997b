/** kubectl expose: a service for what has pods. */
import { CommandError } from '../errors.ts'
import { outputFlags } from '../printers/index.ts'
import { dryRunFlag, fieldManagerFlag, fileFlags, saveConfigFlag, selectorFlag } from '../resources/types.ts'
import { recordCause, recordFlag } from '../resources/change-cause.ts'
import { forEachItem } from '../resources/visit.ts'
import { builtIn, createObject, dryRunOf, outcomePrinter, withGenerated } from '../resources/write.ts'
import type { Command } from '../types.ts'
import { overrideFlags, overridden } from './create/overrides.ts'

export const command: Command = {
  summary: 'Expose a resource as a new Kubernetes service.',
  usage:
    '(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]',
  examples: ['kubectl expose deployment nginx --port=80 --target-port=8000'],
  flags: [
    ...outputFlags,
    ...fileFlags('identifying the resource to expose a service'),
    dryRunFlag,
    fieldManagerFlag('kubectl-expose'),
    { ...selectorFlag, short: '' },
    ...overrideFlags,
    saveConfigFlag,
    recordFlag,
    { name: 'cluster-ip', type: 'string', usage: "ClusterIP to be assigned; 'None' for a headless service" },
    { name: 'external-ip', type: 'string', usage: 'Additional external IP address' },
    { name: 'labels', short: 'l', type: 'string', usage: 'Labels to apply to the service' },
    { name: 'load-balancer-ip', type: 'string', usage: 'IP to assign to the LoadBalancer' },
    { name: 'name', type: 'string', usage: 'The name for the newly created object' },
    { name: 'port', type: 'string', usage: 'The port that the service should serve on' },
    { name: 'protocol', type: 'string', usage: "The network protocol; default is 'TCP'" },
    { name: 'session-affinity', type: 'string', usage: "If non-empty, the session affinity: 'None', 'ClientIP'" },
    { name: 'target-port', type: 'string', usage: 'Name or number of the port on the container' },
    { name: 'type', type: 'string', usage: 'ClusterIP, NodePort, LoadBalancer, or ExternalName' },
  ],
  async run(invocation) {
    const { flags } = invocation
    const dryRun = dryRunOf(invocation)
    const print = await outcomePrinter(invocation, { typed: true })
    await forEachItem(invocation, { asGiven: true, selection: {} }, async ({ object, resource, namespace, name }) => {
      const { spec, metadata } = object
      if (!['Pod', 'Service', 'ReplicationController', 'Deployment', 'ReplicaSet'].includes(resource.kind))
        throw new CommandError(`error: cannot expose a ${resource.kind}${resource.group ? `.${resource.group}` : ''}`)
      const selectorText = flags.string('selector')
      const derived = selectorText ? {} : selectorOf(resource.kind, object)
      const template = resource.kind === 'Pod' ? spec : spec.template?.spec
      const known: readonly KnownPort[] =
        resource.kind === 'Service'
          ? (spec.ports ?? [])
          : (template?.containers ?? []).flatMap((each: any) =>
              (each.ports ?? []).map((port: any) => ({ port: port.containerPort, protocol: port.protocol ?? 'TCP' })),
            )
      const given = flags.string('port') ? flags.string('port').split(',') : [...new Set(known.map(({ port }) => String(port)))]
      const isHeadless = flags.string('cluster-ip') === 'None'
      if (given.length === 0 && !isHeadless) throw new CommandError("error: couldn't find port via --port flag or introspection")
      const selector = selectorText ? pairsOf(selectorText) : derived
      if (Object.keys(selector).length === 0) throw new CommandError('error: selector must be specified')
      const labels = flags.string('labels') ? pairsOf(flags.string('labels')) : metadata.labels
      const target = flags.string('target-port')
      const ports = given
        .flatMap((text, index) => portsOf(text, index, given.length > 1, flags.string('protocol'), known))
        .map((port) => ({
          ...port,
          targetPort: target === '' ? port.port : /^\d+$/.test(target) ? Number(target) : target,
        }))
      const affinity = flags.string('session-affinity')
      if (!['', 'None', 'ClientIP'].includes(affinity)) throw new CommandError(`error: unknown session affinity: ${affinity}`)
      const draft: any = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { ...(labels ? { labels } : {}), name: flags.string('name') || name.slice(0, 63), namespace },
        spec: {
          ...(flags.string('cluster-ip') ? { clusterIP: flags.string('cluster-ip') } : {}),
          ...(flags.string('external-ip') ? { externalIPs: [flags.string('external-ip')] } : {}),
          ...(flags.string('type') === 'LoadBalancer' && flags.string('load-balancer-ip') ? { loadBalancerIP: flags.string('load-balancer-ip') } : {}),
          ...(ports.length > 0 ? { ports } : {}),
          selector,
          ...(affinity ? { sessionAffinity: affinity } : {}),
          ...(flags.string('type') ? { type: flags.string('type') } : {}),
        },
        status: { loadBalancer: {} },
      }
      const generated = await overridden(invocation, draft)
      recordCause(invocation, generated)
      const service = dryRun !== 'client' && flags.bool('save-config') ? await withGenerated(generated) : generated
      print(
        dryRun === 'client'
          ? service
          : await createObject(invocation, { resource: await builtIn(invocation, 'v1', 'Service'), namespace, object: service }, { dryRun }),
        'exposed',
      )
    })
  },
}

interface KnownPort {
  readonly port: number
  readonly protocol?: string
}

/** What chooses the pods of an object, where --selector does not say (upstream: polymorphichelpers.MapBasedSelectorForObject). */
function selectorOf(kind: string, { metadata, spec }: any): Record<string, string> {
  const refuse = (why: string): never => {
    throw new CommandError(`error: couldn't retrieve selectors via --selector flag or introspection: ${why}`)
  }
  const { labels = {} } = metadata
  if (kind === 'Pod') return Object.keys(labels).length > 0 ? labels : refuse('the pod has no labels and cannot be exposed')
  if (kind === 'Service') return spec.selector ?? refuse('the service has no pod selector set')
  if (kind === 'ReplicationController') return spec.selector ?? {}
  const { matchLabels = {}, matchExpressions = [] } = spec.selector ?? {}
  if (Object.keys(matchLabels).length === 0) return refuse(`invalid ${kind.toLowerCase()}: no selectors, therefore cannot be exposed`)
  const texts = matchExpressions.map(({ key, operator, values = [] }: any) => `{Key:${key} Operator:${operator} Values:[${values.join(' ')}]}`)
  return texts.length > 0 ? refuse(`couldn't convert expressions - "[${texts.join(' ')}]" to map-based selector format`) : matchLabels
}

/** "a=b,c=d" of --selector and --labels. */
function pairsOf(text: string): Record<string, string> {
  const pairs = text.split(',').map((each): [string, string] => {
    const [key = '', value, ...more] = each.split('=')
    if (value === undefined || more.length > 0) throw new CommandError(`error: unexpected label spec: ${each}`)
    if (key === '') throw new CommandError('error: unexpected empty label key')
    return [key, value]
  })
  return Object.fromEntries(pairs)
}

/** A port of the line or of the object; of one that speaks several protocols there is one for each. */
function portsOf(text: string, index: number, isOneOfMany: boolean, protocol: string, known: readonly KnownPort[]): any[] {
  if (!/^[+-]?\d+$/.test(text)) throw new CommandError(`error: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`)
  const port = Number(text)
  const protocols = protocol ? [protocol] : known.filter((each) => String(each.port) === text).map((each) => each.protocol || 'TCP')
  if (protocols.length > 1) return protocols.map((each) => ({ name: `port-${index + 1}-${each.toLowerCase()}`, port, protocol: each }))
  return [{ ...(isOneOfMany ? { name: `port-${index + 1}` } : {}), port, protocol: protocols[0] ?? 'TCP' }]
}
