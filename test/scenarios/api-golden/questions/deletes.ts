/** Deletions: what each policy, grace period, finalizer and precondition does to an object, and in which form it may be asked. */
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

const namespace = '/api/v1/namespaces/golden'
const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'a', image: 'a' }] } }
const selector = { matchLabels: { app: 'x' } }
const pod = (more: object = {}): object => ({ spec: { containers: [{ name: 'a', image: 'a' }], ...more } })

interface Deletable {
  readonly kind: string
  readonly apiVersion: string
  readonly path: string
  readonly rest: object
}
const map: Deletable = { kind: 'ConfigMap', apiVersion: 'v1', path: `${namespace}/configmaps`, rest: {} }
const bound: Deletable = { kind: 'Pod', apiVersion: 'v1', path: `${namespace}/pods`, rest: pod({ nodeName: 'n' }) }
const brief: Deletable = { kind: 'Pod', apiVersion: 'v1', path: `${namespace}/pods`, rest: pod({ nodeName: 'n', terminationGracePeriodSeconds: 0 }) }
const free: Deletable = { kind: 'Pod', apiVersion: 'v1', path: `${namespace}/pods`, rest: pod() }
const deletables: Readonly<Record<string, Deletable>> = {
  map,
  deployment: { kind: 'Deployment', apiVersion: 'apps/v1', path: '/apis/apps/v1/namespaces/golden/deployments', rest: { spec: { selector, template } } },
  job: {
    kind: 'Job',
    apiVersion: 'batch/v1',
    path: '/apis/batch/v1/namespaces/golden/jobs',
    rest: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } },
  },
  controller: {
    kind: 'ReplicationController',
    apiVersion: 'v1',
    path: `${namespace}/replicationcontrollers`,
    rest: { spec: { selector: { app: 'x' }, template } },
  },
  claim: {
    kind: 'PersistentVolumeClaim',
    apiVersion: 'v1',
    path: `${namespace}/persistentvolumeclaims`,
    rest: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
  },
  role: { kind: 'Role', apiVersion: 'rbac.authorization.k8s.io/v1', path: '/apis/rbac.authorization.k8s.io/v1/namespaces/golden/roles', rest: {} },
  node: { kind: 'Node', apiVersion: 'v1', path: '/api/v1/nodes', rest: {} },
  bound,
  brief,
  free,
}

const finalizers: Readonly<Record<string, readonly string[]>> = {
  'no finalizer': [],
  'a finalizer': ['example.com/hold'],
  'that of the foreground': ['foregroundDeletion'],
  'that of orphans': ['orphan'],
  'all of them': ['foregroundDeletion', 'example.com/hold', 'orphan'],
}
const policies: Readonly<Record<string, object>> = {
  'no policy': {},
  'in the background': { propagationPolicy: 'Background' },
  'in the foreground': { propagationPolicy: 'Foreground' },
  orphaning: { propagationPolicy: 'Orphan' },
  'orphaning as of old': { orphanDependents: true },
  'not orphaning as of old': { orphanDependents: false },
}

let count = 0
const created = ({ kind, apiVersion, path, rest }: Deletable, name: string, metadata: object = {}): Question => ({
  key: `create ${name}`,
  method: 'POST',
  path,
  body: { kind, apiVersion, metadata: { name, ...metadata }, ...rest },
  remembered: name.replaceAll('-', '').replaceAll(/\d+/g, (digits) => [...digits].map((digit) => 'abcdefghij'[Number(digit)]).join('')),
})
const rememberedOf = (name: string): string => created(map, name).remembered!
/** One object made, deleted as the options say, and looked at. */
function deletion(which: string, how: string, metadata: object, options: readonly object[], query = ''): Question[] {
  const of = deletables[which]!
  const name = `${which}-${++count}`
  const at = `${of.path}/${name}`
  return [
    created(of, name, metadata),
    ...options.map(
      (each, index): Question => ({
        key: `${name} deleted ${how}, ${index + 1}`,
        method: 'DELETE',
        path: `${at}${query}`,
        ...(Object.keys(each).length > 0 ? { body: JSON.parse(JSON.stringify(each).replaceAll('SELF', rememberedOf(name))) } : {}),
      }),
    ),
    { key: `${name} as it is then`, method: 'GET', path: at },
  ]
}

const byPolicy = ['map', 'deployment', 'job', 'controller'].flatMap((which) =>
  Object.entries(finalizers)
    .slice(0, which === 'map' || which === 'job' ? undefined : 2)
    .flatMap(([held, those]) =>
      Object.entries(policies).flatMap(([how, options]) => deletion(which, `${how}, with ${held}`, { finalizers: those }, [options])),
    ),
)
const graces = [undefined, -1, 0, 1, 60, 2_147_483_648]
const byGrace = ['bound', 'brief', 'free', 'map', 'node', 'claim'].flatMap((which) =>
  graces.flatMap((first) => {
    const one = first === undefined ? {} : { gracePeriodSeconds: first }
    if (which !== 'bound' && which !== 'brief') return deletion(which, `with grace ${first}`, {}, [one])
    return [undefined, 0, 3].flatMap((second) =>
      deletion(which, `with grace ${first}, then ${second}`, {}, [one, second === undefined ? {} : { gracePeriodSeconds: second }]),
    )
  }),
)
const held = { finalizers: ['example.com/hold'] }
const heldWithGrace = ['bound', 'free', 'map'].flatMap((which) =>
  [undefined, 0, 5].flatMap((grace) =>
    [{}, { propagationPolicy: 'Foreground' }].flatMap((policy) =>
      deletion(which, `held, with grace ${grace} ${JSON.stringify(policy)}`, held, [
        { ...policy, ...(grace === undefined ? {} : { gracePeriodSeconds: grace }) },
        {},
      ]),
    ),
  ),
)
const changes = Object.entries(policies).flatMap(([first, one]) =>
  Object.entries(policies).flatMap(([second, two]) => deletion('map', `${first}, then ${second}`, held, [one, two])),
)
const conditions: readonly object[] = [
  { preconditions: {} },
  { preconditions: { uid: '' } },
  { preconditions: { uid: '{SELF.uid}' } },
  { preconditions: { uid: 'other' } },
  { preconditions: { resourceVersion: '' } },
  { preconditions: { resourceVersion: '{SELF.resourceVersion}' } },
  { preconditions: { resourceVersion: '1' } },
  { preconditions: { resourceVersion: '0' } },
  { preconditions: { uid: '{SELF.uid}', resourceVersion: '{SELF.resourceVersion}' } },
  { preconditions: { uid: '{SELF.uid}', resourceVersion: '1' } },
  { preconditions: { uid: 'other', resourceVersion: '{SELF.resourceVersion}' } },
  { preconditions: { uid: 7 } },
  { preconditions: { resourceVersion: 7 } },
  { preconditions: 'x' },
  { preconditions: null },
  { preconditions: { x: 1 } },
]
const byCondition = ['map', 'bound'].flatMap((which) =>
  conditions.flatMap((each) => deletion(which, `if ${JSON.stringify(each)}`, {}, [{ ...each, gracePeriodSeconds: 0 }])),
)
const odd: readonly object[] = [
  { dryRun: ['All'] },
  { dryRun: ['All', 'All'] },
  { dryRun: [] },
  { dryRun: null },
  { dryRun: 'All' },
  { dryRun: [''] },
  { gracePeriodSeconds: '5' },
  { gracePeriodSeconds: 1.5 },
  { gracePeriodSeconds: null },
  { gracePeriodSeconds: 9_223_372_036_854_775_000 },
  { orphanDependents: 'true' },
  { orphanDependents: null },
  { propagationPolicy: '' },
  { propagationPolicy: null },
  { propagationPolicy: 'foreground' },
  { propagationPolicy: 7 },
  { propagationPolicy: 'Orphan', orphanDependents: false },
  { propagationPolicy: 'x', orphanDependents: false },
  { ignoreStoreReadErrorWithClusterBreakingPotential: true },
  { ignoreStoreReadErrorWithClusterBreakingPotential: false },
  { ignoreStoreReadErrorWithClusterBreakingPotential: true, dryRun: ['All'] },
  { ignoreStoreReadErrorWithClusterBreakingPotential: true, gracePeriodSeconds: 0 },
  { ignoreStoreReadErrorWithClusterBreakingPotential: true, propagationPolicy: 'Orphan' },
  { ignoreStoreReadErrorWithClusterBreakingPotential: true, orphanDependents: true },
  { ignoreStoreReadErrorWithClusterBreakingPotential: true, preconditions: { uid: 'x' } },
  { kind: 'DeleteOptions', apiVersion: 'v1', notThere: 1 },
  { kind: 'DeleteOptions', apiVersion: 'v2' },
  { kind: 'DeleteOptions', apiVersion: 'x/y/z' },
  { kind: 'DeleteOptions', apiVersion: 'rbac.authorization.k8s.io/v1' },
  { kind: 'DeleteOptions' },
  { apiVersion: 'v1' },
  { kind: 'deleteoptions', apiVersion: 'v1' },
  { kind: 7, apiVersion: 'v1' },
]
const byOption = ['map', 'free'].flatMap((which) => odd.flatMap((each) => deletion(which, JSON.stringify(each), {}, [each])))
const queries = [
  'gracePeriodSeconds=0&propagationPolicy=Foreground',
  'propagationPolicy=',
  'orphanDependents=',
  'orphanDependents=false',
  'gracePeriodSeconds=',
  'dryRun=All&dryRun=All',
  'preconditions=x',
  'preconditions.resourceVersion=1',
  'uid=x',
  'resourceVersion=1',
  'fieldValidation=Strict',
  'fieldManager=x',
  'pretty=x',
  'ignoreStoreReadErrorWithClusterBreakingPotential=true',
  'ignoreStoreReadErrorWithClusterBreakingPotential=false',
  'labelSelector=!',
]
const byQuery = ['map', 'bound'].flatMap((which) => [
  ...queries.flatMap((query) => deletion(which, `by ?${query}`, {}, [{}], `?${query}`)),
  ...queries.flatMap((query) => deletion(which, `by ?${query} and a body`, {}, [{ gracePeriodSeconds: 2 }], `?${query}`)),
])

const bodies: readonly (readonly [string, string])[] = [
  ['application/json', '{}'],
  ['application/json', 'null'],
  ['application/json', '"x"'],
  ['application/json', '7'],
  ['application/json', 'x'],
  ['application/json', ' '],
  ['application/yaml', 'propagationPolicy: Orphan\n'],
  ['application/yaml', '{}'],
  ['application/yaml', 'x'],
  ['application/yaml', '- a\n'],
  ['application/yaml', 'a: [\n'],
  ['application/yaml', ' '],
  ['application/vnd.kubernetes.protobuf', 'x'],
  ['application/vnd.kubernetes.protobuf', 'k8s\u0000'],
  ['application/cbor', '{}'],
  ['text/plain', '{}'],
  ['', '{}'],
  ['x', '{}'],
  ['application/json; charset=utf-8', '{}'],
  ['application/merge-patch+json', '{}'],
]
const byBody = bodies.flatMap(([type, body], index): Question[] => {
  const name = `body-${index}`
  return [
    created(map, name),
    { key: `${name} deleted as ${type || 'no type'}: ${body}`, method: 'DELETE', path: `${map.path}/${name}`, body, headers: { 'content-type': type } },
    { key: `${name} as it is then`, method: 'GET', path: `${map.path}/${name}` },
  ]
})

const collections: readonly Question[] = [
  ['limit=2&labelSelector=some', {}],
  ['labelSelector=some&limit=1', { preconditions: { uid: 'x' } }],
  ['labelSelector=some', { preconditions: { resourceVersion: '1' } }],
  ['labelSelector=some', { propagationPolicy: 'Foreground' }],
  ['labelSelector=some', { propagationPolicy: 'x' }],
  ['labelSelector=some', { gracePeriodSeconds: -1 }],
  ['labelSelector=some', { ignoreStoreReadErrorWithClusterBreakingPotential: true }],
  ['labelSelector=some&ignoreStoreReadErrorWithClusterBreakingPotential=true', {}],
  ['labelSelector=some&fieldSelector=metadata.name%3Dsome-2', {}],
  ['labelSelector=some&fieldSelector=metadata.name!%3Dsome-2', {}],
  ['labelSelector=some&resourceVersion=0', {}],
  ['labelSelector=some&resourceVersionMatch=NotOlderThan', {}],
  ['labelSelector=some&resourceVersion=0&resourceVersionMatch=NotOlderThan', {}],
  ['labelSelector=some&timeoutSeconds=x', {}],
  ['labelSelector=some&sendInitialEvents=true', {}],
  ['labelSelector=some&allowWatchBookmarks=true', {}],
  ['labelSelector=some&dryRun=All', {}],
  ['labelSelector=some', { dryRun: ['All'] }],
  ['labelSelector=some&gracePeriodSeconds=0', { dryRun: ['All'] }],
  ['labelSelector=some', {}],
].flatMap(([query, options], round) => [
  ...['some-1', 'some-2', 'some-3'].map((name): Question => ({ ...created(map, name, { labels: { some: 'x' } }), key: `${name} for round ${round}` })),
  {
    key: `delete all, ${round}: ${query} ${JSON.stringify(options)}`,
    method: 'DELETE' as const,
    path: `${map.path}?${query}`,
    ...(Object.keys(options as object).length > 0 ? { body: options } : {}),
  },
  { key: `what is left after round ${round}`, method: 'GET' as const, path: `${map.path}?labelSelector=some` },
  {
    key: `let go after round ${round}`,
    method: 'PATCH' as const,
    path: `${map.path}/some-1`,
    body: { metadata: { finalizers: null } },
    headers: { 'content-type': 'application/merge-patch+json' },
  },
  {
    key: `let go after round ${round} too`,
    method: 'PATCH' as const,
    path: `${map.path}/some-2`,
    body: { metadata: { finalizers: null } },
    headers: { 'content-type': 'application/merge-patch+json' },
  },
  {
    key: `let go after round ${round} at last`,
    method: 'PATCH' as const,
    path: `${map.path}/some-3`,
    body: { metadata: { finalizers: null } },
    headers: { 'content-type': 'application/merge-patch+json' },
  },
])

export const deletes: Questionnaire = {
  setup: inNamespace,
  questions: [...byPolicy, ...byGrace, ...heldWithGrace, ...changes, ...byCondition, ...byOption, ...byQuery, ...byBody, ...collections],
}
