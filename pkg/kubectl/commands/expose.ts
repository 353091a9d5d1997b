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
    const pairs = (text: string): Record<string, string> =>
      Object.fromEntries(text.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
    await forEachItem(invocation, { asGiven: true, selection: {} }, async ({ object, resource, namespace, name }) => {
      const { spec, metadata } = object
      if (!['Pod', 'Service', 'ReplicationController', 'Deployment', 'ReplicaSet'].includes(resource.kind))
        throw new CommandError(`error: cannot expose a ${resource.kind}`)
      if (!flags.string('selector') && spec.selector?.matchExpressions?.length > 0) {
        const texts = spec.selector.matchExpressions.map(
          ({ key, operator, values = [] }: any) => `{Key:${key} Operator:${operator} Values:[${values.join(' ')}]}`,
        )
        throw new CommandError(
          `error: couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions - "[${texts.join(' ')}]" to map-based selector format`,
        )
      }
      const selector = flags.string('selector')
        ? pairs(flags.string('selector'))
        : resource.kind === 'Pod'
          ? metadata.labels
          : resource.kind === 'Service' || resource.kind === 'ReplicationController'
            ? spec.selector
            : spec.selector?.matchLabels
      if (!selector || Object.keys(selector).length === 0)
        throw new CommandError("error: couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed")
      const template = resource.kind === 'Pod' ? spec : spec.template?.spec
      const known: { port: number; protocol: string }[] =
        resource.kind === 'Service'
          ? (spec.ports ?? [])
          : (template?.containers ?? []).flatMap((each: any) =>
              (each.ports ?? []).map((port: any) => ({ port: port.containerPort, protocol: port.protocol ?? 'TCP' })),
            )
      const given = flags.string('port') ? flags.string('port').split(',').map(Number) : known.map(({ port }) => port)
      const isHeadless = flags.string('cluster-ip') === 'None'
      if (given.length === 0 && !isHeadless) throw new CommandError("error: couldn't find port via --port flag or introspection")
      const target = flags.string('target-port')
      const ports = given.map((port, index) => ({
        ...(given.length > 1 ? { name: `port-${index + 1}` } : {}),
        port,
        protocol: flags.string('protocol') || known.find((each) => each.port === port)?.protocol || 'TCP',
        targetPort: target === '' ? port : /^\d+$/.test(target) ? Number(target) : target,
      }))
      const labels = flags.string('labels') ? pairs(flags.string('labels')) : metadata.labels
      const draft: any = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { ...(labels ? { labels } : {}), name: flags.string('name') || name, namespace },
        spec: {
          ...(flags.string('cluster-ip') ? { clusterIP: flags.string('cluster-ip') } : {}),
          ...(flags.string('external-ip') ? { externalIPs: [flags.string('external-ip')] } : {}),
          ...(flags.string('load-balancer-ip') ? { loadBalancerIP: flags.string('load-balancer-ip') } : {}),
          ...(ports.length > 0 ? { ports } : {}),
          selector,
          ...(flags.string('session-affinity') ? { sessionAffinity: flags.string('session-affinity') } : {}),
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
