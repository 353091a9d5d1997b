/** Server-side apply and who owns what: conflicts, force, taking away, list types, other versions, subresources, managedFields that clients send, and each kind's doors. */
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'
import { shownKinds, shownServices } from './table-objects.ts'

const maps = '/api/v1/namespaces/golden/configmaps'
const deployments = '/apis/apps/v1/namespaces/golden/deployments'
const types = { json: 'application/json-patch+json', merge: 'application/merge-patch+json', strategic: 'application/strategic-merge-patch+json' } as const

let asked = 0
/** Each by its number, since what is asked follows from what was asked before. */
const numbered = (question: Question): Question => ({ ...question, key: `${++asked}: ${question.key}` })
const apply = (label: string, manager: string, path: string, body: unknown, query = '', more: Partial<Question> = {}): Question =>
  numbered({
    key: `${manager || 'no one'} applies ${label}${query}`,
    method: 'PATCH',
    path: `${path}?${manager === '' ? '' : `fieldManager=${manager}`}${query}`,
    body,
    headers: { 'content-type': 'application/apply-patch+yaml' },
    ...more,
  })
const update = (label: string, manager: string, path: string, body: unknown, query = ''): Question =>
  numbered({ key: `${manager} updates ${label}${query}`, method: 'PUT', path: `${path}?fieldManager=${manager}${query}`, body })
const patch = (label: string, manager: string, type: keyof typeof types, path: string, body: unknown, query = ''): Question =>
  numbered({
    key: `${manager} patches ${label}${query}`,
    method: 'PATCH',
    path: `${path}?fieldManager=${manager}${query}`,
    body: JSON.stringify(body),
    headers: { 'content-type': types[type] },
  })
const create = (label: string, manager: string, path: string, body: unknown, query = ''): Question =>
  numbered({ key: `${manager} creates ${label}${query}`, method: 'POST', path: `${path}?fieldManager=${manager}${query}`, body })
const look = (label: string, path: string): Question => numbered({ key: `look at ${label}`, method: 'GET', path })
const gone = (label: string, path: string): Question => numbered({ key: `${label} goes`, method: 'DELETE', path })
const dry = '&dryRun=All'

const map = (data: object, metadata: object = {}, name = 'applied') => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data })
const one = `${maps}/applied`
const bodies: readonly Question[] = [
  ...[
    ['nothing', ''],
    ['null', 'null'],
    ['a word', 'x'],
    ['a list', '[]'],
    ['half JSON', '{"apiVersion":"v1"'],
    ['wrong YAML', 'a: [\n'],
    ['two documents', 'apiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: ConfigMap\n'],
    ['an empty object', {}],
    ['without kind', { apiVersion: 'v1', metadata: { name: 'applied' } }],
    ['without apiVersion', { kind: 'ConfigMap', metadata: { name: 'applied' } }],
    ['of another kind', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'applied' } }],
    ['of another version', { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'applied' } }],
    ['of another group', { apiVersion: 'apps/v1', kind: 'ConfigMap', metadata: { name: 'applied' } }],
    ['without metadata', { apiVersion: 'v1', kind: 'ConfigMap' }],
    ['without a name', { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }],
    ['of another name', map({}, {}, 'other')],
    ['of another namespace', map({}, { namespace: 'other' })],
    ['with generateName', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'x' } }],
    ['with metadata a string', { apiVersion: 'v1', kind: 'ConfigMap', metadata: 'x' }],
    ['with managedFields', map({}, { managedFields: [{ manager: 'x' }] })],
    ['with managedFields empty', map({}, { managedFields: [] })],
    ['with managedFields null', map({}, { managedFields: null })],
    ['with a uid', map({}, { uid: 'x' })],
    ['with a resourceVersion', map({}, { resourceVersion: '1' })],
    ['with a resourceVersion that is wrong', map({}, { resourceVersion: 'x' })],
    ['with a creationTimestamp', map({}, { creationTimestamp: '2024-01-02T03:04:05Z' })],
    ['an unknown field', { ...map({ a: 'b' }), notThere: 1 }],
    ['an unknown field in metadata', map({ a: 'b' }, { notThere: 1 })],
    ['a number for a string', map({ a: 7 })],
    ['a map for a string', map({ a: {} })],
    ['a list for a map', { ...map({}), data: [] }],
    ['a string for a map', { ...map({}), data: 'x' }],
    ['null for a map', { ...map({}), data: null }],
    ['null for a string', map({ a: null as unknown as string })],
    ['a doubled field', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"applied"},"data":{"a":"1","a":"2"}}'],
    ['a doubled field of YAML', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: applied\ndata:\n  a: "1"\n  a: "2"\n'],
    ['a wrong key', map({ 'not valid!': 'x' })],
    ['a wrong label', map({}, { labels: { 'not valid!': 'x' } })],
    ['doubled finalizers', map({}, { finalizers: ['example.com/a', 'example.com/a'] })],
    ['finalizers that are no strings', map({}, { finalizers: [7] })],
    ['owners without uid', map({}, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x' }] })],
    ['owners doubled', map({}, { ownerReferences: [1, 2].map(() => ({ apiVersion: 'v1', kind: 'Pod', name: 'x', uid: 'u' })) })],
    ['an owner that is null', map({}, { ownerReferences: [null] })],
    ['YAML with comments', '# x\napiVersion: v1\nkind: ConfigMap # y\nmetadata: {name: applied}\ndata:\n  a: |\n    b\n    c\n'],
    ['YAML with an anchor', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: applied}\ndata:\n  a: &x b\n  c: *x\n'],
  ].map(([label, body]) => apply(label as string, 'me', one, body, dry)),
  apply('as JSON', 'me', one, map({ a: 'b' }), dry, { headers: { 'content-type': 'application/apply-patch+json' } }),
  apply('as CBOR', 'me', one, map({ a: 'b' }), dry, { headers: { 'content-type': 'application/apply-patch+cbor' } }),
  apply('without a manager', '', one, map({ a: 'b' }), dry),
  apply('with an empty manager', '', one, map({ a: 'b' }), `fieldManager=${dry}`),
  apply('with a long manager', 'y'.repeat(129), one, map({ a: 'b' }), dry),
  apply('with a manager that cannot be printed', 'a%01b', one, map({ a: 'b' }), dry),
  apply('with fieldValidation', 'me', one, { ...map({ a: 'b' }), notThere: 1 }, `${dry}&fieldValidation=Ignore`),
  apply('with fieldValidation', 'me', one, { ...map({ a: 'b' }), notThere: 1 }, `${dry}&fieldValidation=Warn`),
  apply('with fieldValidation', 'me', one, { ...map({ a: 'b' }), notThere: 1 }, `${dry}&fieldValidation=x`),
  apply('with force', 'me', one, map({ a: 'b' }), `${dry}&force=x`),
  apply('to a collection', 'me', maps, map({ a: 'b' }), dry),
  apply('to a namespace that is not there', 'me', '/api/v1/namespaces/none/configmaps/applied', map({ a: 'b' }), dry),
  apply('to a subresource that is not there', 'me', `${one}/status`, map({ a: 'b' }), dry),
]

const owning: readonly Question[] = [
  apply('a new one', 'one', one, map({ a: '1', b: '2' }, { labels: { x: 'y' } })),
  apply('it again', 'one', one, map({ a: '1', b: '2' }, { labels: { x: 'y' } })),
  apply('the same', 'two', one, map({ a: '1' })),
  apply('something else', 'two', one, map({ a: '2', c: '3' })),
  apply('two things else', 'three', one, map({ a: '2', b: '3', d: '4' }, { labels: { x: 'z' } })),
  apply('something else', 'two', one, map({ a: '2', c: '3' }), '&force=true'),
  look('it', one),
  apply('less', 'one', one, map({ b: '2' })),
  apply('nothing', 'one', one, map({})),
  apply('without data', 'two', one, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' } }),
  update('data', 'editor', one, map({ a: '5', z: '6' })),
  apply('against an update', 'one', one, map({ a: '1' })),
  apply('what the update set', 'one', one, map({ a: '5' })),
  update('what is applied', 'editor', one, map({ a: '7', z: '6' })),
  update('the same again', 'editor', one, map({ a: '7', z: '6' })),
  update('without managedFields, as another', 'other', one, map({ a: '7', z: '6', y: '0' })),
  patch('as the editor', 'editor', 'merge', one, { data: { z: null } }),
  patch('by JSON', 'editor', 'json', one, [{ op: 'add', path: '/data/q', value: 'r' }]),
  patch('by strategy', 'editor', 'strategic', one, { metadata: { annotations: { n: 'o' } } }),
  // Over the fields of two others the causes come in the order of a Go map: not asked.
  apply('over many', 'one', one, map({ a: '1', q: '2', y: '3' }, { annotations: { n: 'p' } }), '&force=true'),
  apply('with null', 'one', one, { ...map({}), data: { a: null } }),
  apply('with an empty value', 'one', one, map({ a: '' })),
  apply('finalizers', 'one', one, map({}, { finalizers: ['example.com/a', 'example.com/b'] })),
  apply('other finalizers', 'two', one, map({}, { finalizers: ['example.com/b', 'example.com/c'] })),
  apply('fewer finalizers', 'one', one, map({}, { finalizers: ['example.com/c'] })),
  apply('no finalizers', 'one', one, map({})),
  apply('no finalizers', 'two', one, map({})),
  apply('owners', 'one', one, map({}, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x', uid: 'u' }] })),
  apply('the same owner otherwise', 'two', one, map({}, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'y', uid: 'u' }] })),
  apply('immutable', 'one', one, { ...map({ a: '1' }), immutable: true }),
  apply('against what is immutable', 'one', one, map({ a: '2' })),
  gone('it', one),
  apply('it, gone', 'one', one, map({}, { uid: '11111111-2222-3333-4444-555555555555' })),
  apply('it, gone', 'one', one, map({}, { resourceVersion: '5' })),
]

const sent = (managedFields: unknown) => map({ a: 'b' }, { managedFields })
const entry = {
  manager: 'x',
  operation: 'Update',
  apiVersion: 'v1',
  time: '2024-01-02T03:04:05Z',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:data': { '.': {}, 'f:a': {} } },
}
const entries: readonly [string, unknown][] = [
  ['none', []],
  ['null', null],
  ['an empty one', [{}]],
  ['two empty ones', [{}, {}]],
  ['a string', 'x'],
  ['a map', {}],
  ['strings', ['x']],
  ['a good one', [entry]],
  ['a good one twice', [entry, entry]],
  ['one of Apply', [{ ...entry, operation: 'Apply' }]],
  ['one of no operation', [{ ...entry, operation: '' }]],
  ['one of another operation', [{ ...entry, operation: 'Create' }]],
  ['one of no manager', [{ ...entry, manager: '' }]],
  ['one of a long manager', [{ ...entry, manager: 'y'.repeat(129) }]],
  ['one of a manager that cannot be printed', [{ ...entry, manager: 'a\u0001b' }]],
  ['one of no version', [{ ...entry, apiVersion: '' }]],
  ['one of another version', [{ ...entry, apiVersion: 'v2' }]],
  ['one of a wrong version', [{ ...entry, apiVersion: 'a/b/c' }]],
  ['one of no time', [{ ...entry, time: undefined }]],
  ['one of a wrong time', [{ ...entry, time: 'x' }]],
  ['one of no fieldsType', [{ ...entry, fieldsType: '' }]],
  ['one of another fieldsType', [{ ...entry, fieldsType: 'FieldsV2' }]],
  ['one of no fields', [{ ...entry, fieldsV1: undefined }]],
  ['one of null fields', [{ ...entry, fieldsV1: null }]],
  ['one of empty fields', [{ ...entry, fieldsV1: {} }]],
  ['one of fields that are a string', [{ ...entry, fieldsV1: 'x' }]],
  ['one of fields that are a list', [{ ...entry, fieldsV1: [] }]],
  ['one of a wrong field', [{ ...entry, fieldsV1: { x: {} } }]],
  ['one of a wrong prefix', [{ ...entry, fieldsV1: { 'z:x': {} } }]],
  ['one of a wrong key', [{ ...entry, fieldsV1: { 'f:data': { 'k:x': {} } } }]],
  ['one of a wrong value', [{ ...entry, fieldsV1: { 'f:data': { 'v:x': {} } } }]],
  ['one of a wrong index', [{ ...entry, fieldsV1: { 'f:data': { 'i:x': {} } } }]],
  ['one of a field that is a string', [{ ...entry, fieldsV1: { 'f:data': 'x' } }]],
  ['one of fields that are nowhere', [{ ...entry, fieldsV1: { 'f:nothing': {} } }]],
  ['one of a subresource', [{ ...entry, subresource: 'status' }]],
  ['one of a long subresource', [{ ...entry, subresource: 'y'.repeat(300) }]],
  ['one with an unknown field', [{ ...entry, more: 1 }]],
  ['a good and an empty one', [entry, {}]],
  ['12 of them', Array.from({ length: 12 }, (_, index) => ({ ...entry, manager: `m${index}`, time: `2024-01-02T03:04:${10 + index}Z` }))],
  [
    '12 of them in several versions',
    Array.from({ length: 12 }, (_, index) => ({ ...entry, apiVersion: `v${(index % 2) + 1}`, manager: `m${index}`, time: `2024-01-02T03:04:${10 + index}Z` })),
  ],
]
const kept = `${maps}/tracked`
const named = (managedFields: unknown) => ({ ...sent(managedFields), metadata: { name: 'tracked', managedFields } })
const ofClients: readonly Question[] = entries.flatMap(([label, managedFields]) => [
  create(`one with managedFields ${label}`, 'me', maps, { ...sent(managedFields), metadata: { name: 'created', managedFields } }, dry),
  update(`one with managedFields ${label}`, 'me', kept, named(managedFields), dry),
  update(`one with managedFields ${label}, and more`, 'me', kept, { ...named(managedFields), data: { a: 'c' } }, dry),
  patch(`one with managedFields ${label}`, 'me', 'merge', kept, { metadata: { managedFields } }, dry),
])

const template = (labels: object, spec: object) => ({ metadata: { labels }, spec })
const web = (spec: object, metadata: object = {}) => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'applied', ...metadata }, spec })
const selector = { matchLabels: { app: 'web' } }
const container = (more: object = {}) => ({ name: 'a', image: 'a:1', ...more })
const containers = (...list: unknown[]) => web({ selector, template: template({ app: 'web' }, { containers: list }) })
const deployment = `${deployments}/applied`
const lists: readonly Question[] = [
  apply(
    'a deployment',
    'one',
    deployment,
    containers(container({ ports: [{ containerPort: 80 }], env: [{ name: 'E', value: '1' }], args: ['x'] }), { name: 'b', image: 'b:1' }),
  ),
  apply('the same ports said otherwise', 'two', deployment, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'applied' },
    spec: { template: { spec: { containers: [{ name: 'a', ports: [{ containerPort: 80, protocol: 'TCP', name: 'http' }] }] } } },
  }),
  apply('another container', 'two', deployment, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'applied' },
    spec: { template: { spec: { containers: [{ name: 'c', image: 'c:1' }] } } },
  }),
  ...[
    ['containers doubled', containers(container(), container())],
    ['a container without a name', containers({ image: 'a:1' })],
    ['a container that is null', containers(null)],
    ['a container that is a string', containers('x')],
    ['containers that are a map', web({ selector, template: template({ app: 'web' }, { containers: {} }) })],
    ['ports doubled', containers(container({ ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'TCP' }] }))],
    ['ports of two protocols', containers(container({ ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }] }))],
    ['a port without its number', containers(container({ ports: [{ name: 'x' }] }))],
    ['a port that is a string', containers(container({ ports: [{ containerPort: 'x' }] }))],
    [
      'env doubled',
      containers(
        container({
          env: [
            { name: 'E', value: '1' },
            { name: 'E', value: '2' },
          ],
        }),
      ),
    ],
    ['env without a name', containers(container({ env: [{ value: '1' }] }))],
    ['env of another value', containers(container({ env: [{ name: 'E', value: '2' }] }))],
    ['other args', containers(container({ args: ['y'] }))],
    ['args that are no strings', containers(container({ args: [7, {}] }))],
    ['args null', containers(container({ args: null }))],
    // Of several unknown fields the original tells the first that its map gives it.
    ['an unknown field', containers(container({ nothing: 1 }))],
    ['a wrong quantity', containers(container({ resources: { limits: { cpu: 'x' } } }))],
    ['a quantity of a number', containers(container({ resources: { limits: { cpu: 2 } } }))],
    ['a boolean for a number', web({ replicas: true })],
    ['a fraction for a number', web({ replicas: 1.5 })],
    ['a large number', web({ replicas: 3000000000 })],
    ['a number for a string', containers(container({ image: 7 }))],
    [
      'int or string',
      web({ selector, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: '1' } }, template: template({ app: 'web' }, { containers: [container()] }) }),
    ],
    ['no selector', web({ template: template({ app: 'web' }, { containers: [container()] }) })],
    ['another selector', web({ selector: { matchLabels: { app: 'other' } } })],
    ['only replicas', web({ replicas: 7 })],
    [
      'tolerations',
      web({
        template: {
          spec: {
            tolerations: [
              { key: 'a', operator: 'Exists' },
              { key: 'a', operator: 'Exists' },
            ],
          },
        },
      }),
    ],
    ['host aliases doubled', web({ template: { spec: { hostAliases: [{ ip: '192.0.2.1' }, { ip: '192.0.2.1' }] } } })],
    ['pull secrets of no name', web({ template: { spec: { imagePullSecrets: [{}] } } })],
    [
      'spread constraints',
      web({
        template: {
          spec: {
            topologySpreadConstraints: [
              { topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule', maxSkew: 1 },
              { topologyKey: 'a', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 1 },
            ],
          },
        },
      }),
    ],
    ['volumes', web({ template: { spec: { volumes: [{ name: 'v', emptyDir: {} }] } } })],
    ['status', { ...web({}), status: { replicas: 9 } }],
    ['a null spec', { ...web({}), spec: null }],
    ['a null template', web({ template: null })],
  ].flatMap(([label, body]) => [apply(label as string, 'three', deployment, body, dry), apply(label as string, 'one', deployment, body, `${dry}&force=true`)]),
  apply('its status', 'one', `${deployment}/status`, { ...web({}), status: { replicas: 3, conditions: [{ type: 'A', status: 'True' }] } }),
  apply('its status', 'two', `${deployment}/status`, { ...web({}), status: { replicas: 4 } }),
  apply('its status with a spec', 'two', `${deployment}/status`, { ...web({ replicas: 9 }), status: { readyReplicas: 1 } }),
  apply('its status with labels', 'two', `${deployment}/status`, { ...web({}, { labels: { x: 'y' } }), status: { readyReplicas: 1 } }),
  apply('no status', 'two', `${deployment}/status`, web({})),
  apply('the status of none', 'two', `${deployments}/missing/status`, { ...web({}, { name: 'missing' }), status: { replicas: 1 } }),
  apply('its scale', 'scaler', `${deployment}/scale`, { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'applied' }, spec: { replicas: 5 } }),
  look('it', deployment),
  apply('its scale otherwise', 'other', `${deployment}/scale`, {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'applied' },
    spec: { replicas: 6 },
  }),
  apply(
    'its scale otherwise',
    'other',
    `${deployment}/scale`,
    { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'applied' }, spec: { replicas: 6 } },
    '&force=true',
  ),
  apply('replicas against the scale', 'one', deployment, web({ replicas: 1 })),
  apply('its scale as a deployment', 'other', `${deployment}/scale`, web({ replicas: 6 })),
  apply('its scale with more', 'other', `${deployment}/scale`, {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'applied', labels: { x: 'y' } },
    spec: { replicas: 6 },
    status: { replicas: 1 },
  }),
  update('its scale', 'updater', `${deployment}/scale`, {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'applied', namespace: 'golden' },
    spec: { replicas: 8 },
  }),
  patch('its scale', 'patcher', 'merge', `${deployment}/scale`, { spec: { replicas: 2 } }),
  look('it', deployment),
  patch('its replicas', 'patcher', 'merge', deployment, { spec: { replicas: 2, paused: true } }),
  apply('what is left', 'one', deployment, containers(container()), '&force=true'),
  look('it', deployment),
  gone('it', deployment),
]

const scaler = { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } }
const autoscaler = (version: string, spec: object, name = 'applied') => ({
  apiVersion: `autoscaling/${version}`,
  kind: 'HorizontalPodAutoscaler',
  metadata: { name },
  spec: { ...scaler, ...spec },
})
const at = (version: string): string => `/apis/autoscaling/${version}/namespaces/golden/horizontalpodautoscalers/applied`
const cpu = (averageUtilization: number) => [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } }]
const versions: readonly Question[] = [
  apply('in v2', 'one', at('v2'), autoscaler('v2', { maxReplicas: 5, metrics: cpu(50) })),
  apply('in v1 the same', 'two', at('v1'), autoscaler('v1', { maxReplicas: 5 })),
  apply('in v1 otherwise', 'two', at('v1'), autoscaler('v1', { maxReplicas: 6 })),
  apply('in v1 the target', 'two', at('v1'), autoscaler('v1', { maxReplicas: 5, targetCPUUtilizationPercentage: 60 })),
  apply('in v1 otherwise', 'two', at('v1'), autoscaler('v1', { maxReplicas: 6, targetCPUUtilizationPercentage: 60 }), '&force=true'),
  look('it in v2', at('v2')),
  apply('in v2 again', 'one', at('v2'), autoscaler('v2', { maxReplicas: 5, metrics: cpu(50) })),
  update('it in v1', 'updater', at('v1'), autoscaler('v1', { maxReplicas: 7, minReplicas: 2 })),
  look('it in v1', at('v1')),
  look('it in v2', at('v2')),
  apply('in v2 against an update in v1', 'three', at('v2'), autoscaler('v2', { maxReplicas: 8, minReplicas: 3 })),
  apply('v2 in v1', 'three', at('v1'), autoscaler('v2', { maxReplicas: 8 })),
  gone('it', at('v2')),
  create('a plain one', 'maker', at('v1').replace('/applied', ''), autoscaler('v1', { maxReplicas: 2, targetCPUUtilizationPercentage: 9 })),
  look('it in v2', at('v2')),
  gone('it', at('v2')),
]

/** One that no one tracks, as those that were there before managed fields. */
const before: readonly Question[] = [
  create('one', 'me', maps, { ...map({ a: '1' }, {}, 'untracked') }),
  update('away who owns it', 'me', `${maps}/untracked`, map({ a: '1' }, { managedFields: [{}] }, 'untracked')),
  update('it, untracked', 'me', `${maps}/untracked`, map({ a: '2', b: '3' }, {}, 'untracked')),
  apply('over it', 'one', `${maps}/untracked`, map({ a: '5' }, {}, 'untracked')),
  apply('it as it is', 'one', `${maps}/untracked`, map({ a: '2' }, {}, 'untracked')),
  look('it', `${maps}/untracked`),
  apply('over it', 'one', `${maps}/untracked`, map({ a: '5' }, {}, 'untracked'), '&force=true'),
  create(
    'one as kubectl',
    'kubectl-client-side-apply',
    maps,
    map({ a: '1' }, { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(map({ a: '1' }, {}, 'byhand')) } }, 'byhand'),
  ),
  apply('over kubectl', 'kubectl', `${maps}/byhand`, map({ a: '2' }, {}, 'byhand')),
  apply('over kubectl, as another', 'other', `${maps}/byhand`, map({ a: '3' }, {}, 'byhand')),
  look('it', `${maps}/byhand`),
]

/** Servers write these by themselves, sooner or later. */
const alive: ReadonlySet<string> = new Set(['FlowSchema', 'PriorityLevelConfiguration', 'APIService'])

const doors: readonly Question[] = [...shownKinds, shownServices]
  .filter(({ kind }) => !alive.has(kind))
  .flatMap(({ kind, apiVersion, path, objects }) => {
    const [first] = objects.filter(({ status }) => status).concat(objects)
    const { status, ...object } = first!
    const body = { kind, apiVersion, ...object, metadata: { ...object.metadata, labels: { by: 'hand' } } }
    const withStatus = { ...body, status: status ?? {} }
    const there = `${path}/${body.metadata.name}`
    const spec = 'spec' in body ? { spec: body.spec } : {}
    return [
      apply(`a new ${kind} with a status`, 'one', there, withStatus, dry),
      create(`a ${kind} with a status`, 'one', path, withStatus, dry),
      create(`a ${kind}`, 'maker', path, body),
      ...(status
        ? [
            apply(`the status of ${kind} with a spec`, 'one', `${there}/status`, withStatus, `${dry}&force=true`),
            update(`the status of ${kind} with a spec`, 'one', `${there}/status`, withStatus, dry),
            patch(
              `the status of ${kind} with a spec and labels`,
              'one',
              'merge',
              `${there}/status`,
              { ...spec, status, metadata: { labels: { other: 'x' } } },
              dry,
            ),
          ]
        : []),
      update(`${kind} with a status`, 'one', there, { ...withStatus, metadata: { ...body.metadata, labels: { by: 'one' } } }, dry),
      apply(`${kind} against its maker`, 'one', there, { ...withStatus, metadata: { ...body.metadata, labels: { by: 'one' } } }, dry),
      apply(`${kind} as its maker made it`, 'one', there, body, dry),
      numbered({ key: `${kind} goes`, method: 'DELETE', path: `${there}?gracePeriodSeconds=0` }),
    ]
  })

export const applies: Questionnaire = {
  setup: [...inNamespace, { key: 'tracked', method: 'POST', path: `${maps}?fieldManager=maker`, body: map({ a: 'b' }, {}, 'tracked') }],
  questions: [...bodies, ...owning, ...ofClients, ...lists, ...versions, ...before, ...doors],
}
