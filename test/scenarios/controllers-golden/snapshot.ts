/** What a namespace holds, without what differs from run to run: identities, times, addresses, generated ends of names. */
import { isNotFound } from '#apimachinery/status-error.ts'
import * as resources from '#api/gen/resources.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import type { Client } from '#client/types.ts'
import type { Place, Scenario, Snapshot } from './types.ts'

const namespaced: readonly ResourceRef<any>[] = [
  resources.pods,
  resources.replicaSets,
  resources.deployments,
  resources.statefulSets,
  resources.daemonSets,
  resources.controllerRevisions,
  resources.jobs,
  resources.cronJobs,
  resources.replicationControllers,
  resources.endpoints,
  resources.endpointSlices,
  resources.persistentVolumeClaims,
  resources.podDisruptionBudgets,
  resources.horizontalPodAutoscalers,
  resources.resourceQuotas,
  resources.resourceClaims,
  resources.configMaps,
  resources.serviceAccounts,
  resources.secrets,
  resources.events,
]
const clusterWide: readonly ResourceRef<any>[] = [
  resources.nodes,
  resources.volumeAttachments,
  resources.volumeAttributesClasses,
  resources.namespaces,
  resources.persistentVolumes,
  resources.certificateSigningRequests,
  resources.serviceCIDRs,
  resources.clusterRoles,
  resources.validatingAdmissionPolicies,
  resources.storageVersionMigrations,
]

/** Every namespace has these; the scenario of its name looks at them. */
const everywhere = new Set(['ServiceAccount default', 'ConfigMap kube-root-ca.crt'])

/** `seen` gathers the names that were ever seen: what was generated from the name of an object is recognised when that is gone. */
export async function snapshot({ client, namespace }: Place, { name, racingEvents = [], shows = [] }: Scenario, seen: Set<string>): Promise<Snapshot> {
  const found: [string, unknown][] = []
  for (const of of namespaced) {
    for (const object of await itemsOf(client, of, namespace)) {
      if (of === resources.events && (racingEvents.includes((object as any).reason) || isCombined(object))) continue
      found.push([of.kind, of === resources.events ? eventOf(object) : object])
    }
  }
  for (const of of clusterWide)
    for (const object of await itemsOf(client, of).catch(noneWhereNotServed))
      if (nameOf(object) === name || (of !== resources.namespaces && nameOf(object).startsWith(`${name}-`))) found.push([of.kind, object])
  if (name === 'joining') found.push(...(await ofJoining(client)))
  // Those about nodes are told in the namespace default.
  for (const event of await itemsOf(client, resources.events, 'default'))
    if ((event as any).involvedObject.name?.startsWith(`${name}-`)) found.push(['Event', eventOf(event)])
  for (const [, object] of found) seen.add((object as KubeObject).metadata?.name ?? (object as any).of.name)
  const ends = endsOf([...seen])
  const kept = found
    .filter(([kind, object]) => name.startsWith('every-namespace') || !everywhere.has(`${kind} ${(object as KubeObject).metadata?.name}`))
    .map(([kind, object]): [string, unknown] => [kind, normalise(withoutLuck(kind, object), ends, shows)])
  const sorted = kept
    .map(([kind, object]): [string, string] => [titleOf(kind, object), JSON.stringify(object)])
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
  const result: Record<string, unknown> = {}
  let previous = ''
  for (const [title, text] of sorted) {
    // The same event told twice is one: how often depends on who was quicker.
    if (title.startsWith('Event') && previous === title + text) continue
    previous = title + text
    let key = title
    for (let more = 2; key in result; more++) key = `${title} #${more}`
    result[key] = JSON.parse(text)
  }
  return result
}

/** What machines that join ask for has names and namespaces of its own. */
async function ofJoining(client: Client): Promise<[string, unknown][]> {
  const [tokens, told] = [await itemsOf(client, resources.secrets, 'kube-system'), await itemsOf(client, resources.configMaps, 'kube-public')]
  return [
    ...tokens.filter((each) => nameOf(each).startsWith('bootstrap-token-gldn')).map((each): [string, unknown] => ['Secret', each]),
    ...told.filter((each) => nameOf(each) === 'cluster-info').map((each): [string, unknown] => ['ConfigMap', each]),
  ]
}

/** Of an attachment, whose name is a hash, the volume's. */
const nameOf = (object: any): string => object.spec?.source?.persistentVolumeName ?? object.metadata.name

/** Which of many similar events are told as one depends on when each of them came. */
const isCombined = (event: any): boolean => String(event.message).startsWith('(combined from similar events)')

async function itemsOf(client: Client, of: ResourceRef<any>, namespace?: string): Promise<readonly KubeObject[]> {
  return (await client.list(of, namespace === undefined ? {} : { namespace })).items
}

/** Migrations are served where they are asked for. */
function noneWhereNotServed(error: unknown): readonly KubeObject[] {
  if (isNotFound(error)) return []
  throw error
}

const eventOf = ({ involvedObject, reason, message, type, source, reportingComponent, reportingInstance }: any) => ({
  reason,
  message,
  type,
  from: source?.component ?? reportingComponent,
  ...(reportingInstance ? { reportingInstance: 'an instance' } : {}),
  of: { ...involvedObject, uid: undefined, resourceVersion: undefined },
})

const titleOf = (kind: string, object: any): string =>
  kind === 'Event' ? `Event ${object.reason} of ${object.of.kind} ${object.of.name}` : `${kind} ${object.metadata.name}`

/** Generated ends: five letters and digits of apimachinery's alphabet after the name of another object. */
function endsOf(names: readonly string[]): (text: string) => string {
  const owners = [...new Set(names)].sort((a, b) => b.length - a.length)
  const pattern = /([a-z0-9]+(?:-[a-z0-9]+)*)-[bcdfghjklmnpqrstvwxz2456789]{5}(?![a-z0-9-])/g
  return (text) =>
    text.replace(pattern, (whole, stem: string) =>
      owners.some((each) => stem === each || stem.startsWith(`${each}-`)) || stem === 'kube-api-access' ? `${stem}-?` : whole,
    )
}

const volatile = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'selfLink',
  'clusterIP',
  'clusterIPs',
  'apiVersionOfList',
  'caBundle',
  'certificate',
  'username',
  'groups',
  'podCIDR',
  'podCIDRs',
])
const leftOut: Readonly<Record<string, string>> = {
  // How often a slice is written depends on how much came together.
  EndpointSlice: 'generation',
  // Upstream's own does not say it of these.
  CertificateSigningRequest: 'managedFields',
}

function withoutLuck(kind: string, object: any): any {
  const field = leftOut[kind]
  return field === undefined ? object : { ...object, metadata: { ...object.metadata, [field]: undefined } }
}

const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(?=Z|[+-]\d\d:\d\d)Z?/g
/** As events tell of missed strokes. */
const wordyTime = /\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d/g
/** Of a CronJob's Jobs: the minute of the stroke ends their names. */
const minutes = /-\d{8}(?!\d)/g
const minuteOfHour = /^\d{1,2} \* \* \* \*$/
const address = /10\.244\.1\.\d+/g
/** Ours serves metrics, and has none yet; beside the recorded one nothing served them. */
const noMetrics = /(unable to get metrics for resource cpu): .*$/

function normalise(value: any, ends: (text: string) => string, shows: readonly string[]): any {
  if (typeof value === 'string') return inOrder(withoutTimes(ends(value.replace(uid, 'UID').replace(address, 'IP').replace(noMetrics, '$1'))))
  // To Go, a list with nothing in it and none are the same.
  if (Array.isArray(value) && value.length === 0) return null
  if (Array.isArray(value))
    return value.map((each) => normalise(each, ends, shows)).sort(isSet(value) ? (a, b) => compare(JSON.stringify(a), JSON.stringify(b)) : () => 0)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).filter(([key, each]) => each !== undefined && (shows.includes(key) || !volatile.has(key)))
  return Object.fromEntries(
    entries
      .map(([key, each]): [string, unknown] => [
        ends(key.replace(uid, 'UID')),
        key === 'managedFields'
          ? managers(each as any[])
          : key === 'ca.crt'
            ? pem(each as string)
            : key === 'token' && typeof each === 'string'
              ? 'TOKEN'
              : normalise(each, ends, shows),
      ])
      .sort(([a], [b]) => compare(a, b)),
  )
}

/** Endpoints come in the order of pods' identities, taints in that of who was quicker; conditions and owners in the order they were written. */
const isSet = (list: readonly any[]): boolean =>
  list.some((each) => each !== null && typeof each === 'object' && ('addresses' in each || 'targetRef' in each || 'ip' in each || 'timeAdded' in each))

const managers = (list: readonly any[]): string[] =>
  list
    .map(({ manager, operation, subresource }) => [manager, operation, subresource].filter(Boolean).join(' '))
    .filter((each) => /controller/i.test(each))
    .sort()

const withoutTimes = (text: string): string =>
  text.replace(time, 'TIME').replace(wordyTime, 'TIME').replace(minutes, '-MINUTES').replace(minuteOfHour, 'MINUTE * * * *')

/** A set that upstream prints in any order. */
const inOrder = (text: string): string =>
  text.replace(/(controlled by multiple HPAs: \[)([^\]]*)/, (_, before: string, names: string) => before + names.split(' ').sort().join(' '))

/** Of a Secret in base64. */
const pem = (value: string): string => (/^(-----BEGIN|LS0tLS1CRUdJTi)/.test(value) ? 'PEM' : value)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
