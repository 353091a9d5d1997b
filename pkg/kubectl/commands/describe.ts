/** kubectl describe: an object in words, with its events. */
import { isNotFound } from '#apimachinery/status-error.ts'
import { CommandError, throwGathered } from '../errors.ts'
import { alignTabs, describeColumns } from '../printers/tab-writer.ts'
import { allNamespacesFlag, fileFlags, type Item, selectorFlag } from '../resources/types.ts'
import { hasFiles, visit } from '../resources/visit.ts'
import type { Command, Invocation } from '../types.ts'
import {
  describeClaim,
  describeConfigMap,
  describeIngress,
  describeNamespace,
  describeNode,
  describeSecret,
  describeService,
  describeServiceAccount,
} from './describe/config.ts'
import { describeBinding, describeCertificateRequest, describeRole } from './describe/access.ts'
import { describeEvents } from './describe/events.ts'
import { describeGeneric } from './describe/generic.ts'
import {
  describeEndpointSlice,
  describeEndpoints,
  describeIngressClass,
  describeIpAddress,
  describeNetworkPolicy,
  describeServiceCidr,
} from './describe/network.ts'
import { describePod } from './describe/pod.ts'
import { describeAutoscaler, describeDisruptionBudget, describePriorityClass } from './describe/policy.ts'
import { describeLimitRange, describeQuota } from './describe/quota.ts'
import { describeCsiNode, describeStorageClass, describeVolume, describeVolumeAttributesClass } from './describe/storage.ts'
import { Description } from './describe/text.ts'
import type { Describer } from './describe/types.ts'
import {
  describeCronJob,
  describeDaemonSet,
  describeDeployment,
  describeJob,
  describeReplicaSet,
  describeReplicationController,
  describeStatefulSet,
} from './describe/workloads.ts'

/** By group and kind (upstream's describerMap); any other kind is told by its fields. */
export const describers: Readonly<Record<string, Describer>> = {
  '/Pod': describePod,
  '/Namespace': describeNamespace,
  '/ConfigMap': describeConfigMap,
  '/Secret': describeSecret,
  '/ServiceAccount': describeServiceAccount,
  '/Service': describeService,
  '/Node': describeNode,
  '/PersistentVolumeClaim': describeClaim,
  'apps/Deployment': describeDeployment,
  'apps/ReplicaSet': describeReplicaSet,
  'apps/StatefulSet': describeStatefulSet,
  'apps/DaemonSet': describeDaemonSet,
  'batch/Job': describeJob,
  'batch/CronJob': describeCronJob,
  'networking.k8s.io/Ingress': describeIngress,
  'networking.k8s.io/IngressClass': describeIngressClass,
  'networking.k8s.io/NetworkPolicy': describeNetworkPolicy,
  'networking.k8s.io/ServiceCIDR': describeServiceCidr,
  'networking.k8s.io/IPAddress': describeIpAddress,
  '/Endpoints': describeEndpoints,
  'discovery.k8s.io/EndpointSlice': describeEndpointSlice,
  '/PersistentVolume': describeVolume,
  '/LimitRange': describeLimitRange,
  '/ResourceQuota': describeQuota,
  '/ReplicationController': describeReplicationController,
  'autoscaling/HorizontalPodAutoscaler': describeAutoscaler,
  'policy/PodDisruptionBudget': describeDisruptionBudget,
  'scheduling.k8s.io/PriorityClass': describePriorityClass,
  'storage.k8s.io/StorageClass': describeStorageClass,
  'storage.k8s.io/VolumeAttributesClass': describeVolumeAttributesClass,
  'storage.k8s.io/CSINode': describeCsiNode,
  'rbac.authorization.k8s.io/Role': describeRole,
  'rbac.authorization.k8s.io/ClusterRole': describeRole,
  'rbac.authorization.k8s.io/RoleBinding': describeBinding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': describeBinding,
  'certificates.k8s.io/CertificateSigningRequest': describeCertificateRequest,
}

const withoutEvents = new Set([
  '/Namespace',
  '/Secret',
  '/LimitRange',
  '/ResourceQuota',
  'networking.k8s.io/NetworkPolicy',
  ...['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'].map((kind) => `rbac.authorization.k8s.io/${kind}`),
])

export const command: Command = {
  summary: 'Show details of a specific resource or group of resources.',
  usage: '(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  examples: ['kubectl describe nodes kubernetes-node-emt8.c.myproject.internal', 'kubectl describe pods/nginx', 'kubectl describe pods'],
  flags: [
    ...fileFlags('containing the resource to describe'),
    selectorFlag,
    allNamespacesFlag,
    { name: 'chunk-size', type: 'int', default: '500', usage: 'Return large lists in chunks of this size' },
    { name: 'show-events', type: 'bool', default: 'true', usage: 'Display events related to the described object' },
  ],
  run,
}

async function run(invocation: Invocation): Promise<void> {
  const { args, flags, out, err, session } = invocation
  if (args.length === 0 && !hasFiles(invocation))
    throw new CommandError('error: You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.')
  const errors: unknown[] = []
  const { items, byPrefix } = await found(invocation, errors)
  // Of several objects, and where one was not found, events are told only to who asks for them.
  const showsEvents = flags.changed('show-events') ? flags.bool('show-events') : items.length < 2 && errors.length === 0 && !byPrefix
  let first = true
  for (const item of items) {
    const key = `${item.resource.group}/${item.resource.kind}`
    const text = new Description()
    try {
      await (describers[key] ?? describeGeneric)(text, item, invocation)
      if (showsEvents && !withoutEvents.has(key)) await describeEvents(text, invocation, item)
      if (!first && !byPrefix) out('\n\n')
      first = false
      out(alignTabs(text.toString(), describeColumns) + (byPrefix ? '\n' : ''))
    } catch (error) {
      errors.push(error)
    }
  }
  if (items.length === 0 && errors.length === 0)
    err(flags.bool('all-namespaces') ? 'No resources found\n' : `No resources found in ${await session.namespace()} namespace.\n`)
  throwGathered(errors)
}

/** A name that is not there may be the beginning of others. */
async function found(invocation: Invocation, errors: unknown[]): Promise<{ readonly items: readonly Item[]; readonly byPrefix: boolean }> {
  const failures: unknown[] = []
  const items = await visit(invocation, { allowList: true, onError: (error) => failures.push(error) })
  const { args } = invocation
  if (failures.length === 1 && isNotFound(failures[0]) && args.length === 2 && !args[0]!.includes('/')) {
    const all = await visit(invocation, { allowList: true, args: [args[0]!] })
    const matching = all.filter(({ name }) => name.startsWith(args[1]!))
    if (matching.length > 0) return { items: matching, byPrefix: true }
  }
  errors.push(...failures)
  return { items, byPrefix: false }
}
