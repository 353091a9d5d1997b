/** What is shown as a table, or by its metadata alone, of every built-in kind and of custom resources. */
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'
import { type ShownKind, shownKinds, shownServices } from './table-objects.ts'

const merge = { 'content-type': 'application/merge-patch+json' }
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const oldTable = 'application/json;as=Table;v=v1beta1;g=meta.k8s.io'
const partial = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'
const partials = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'
const get = (key: string, path: string, accept: string, more: Partial<Question> = {}): Question => ({ key, method: 'GET', path, headers: { accept }, ...more })

const setupOf = ({ kind, apiVersion, path, objects }: ShownKind): Question[] =>
  objects.flatMap(({ status, ...object }) => [
    { key: `${kind} ${object.metadata.name}`, method: 'POST' as const, path, body: { kind, apiVersion, ...object } },
    ...(status
      ? [
          {
            key: `status of ${kind} ${object.metadata.name}`,
            method: 'PATCH' as const,
            path: `${path}/${object.metadata.name}/status`,
            body: { status },
            headers: merge,
          },
        ]
      : []),
  ])

const onlyShown = 'labelSelector=table%3Dshown'
const streamed = 'labelSelector=none&watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1'
const questionsOf = ({ kind, path, objects }: ShownKind): Question[] => [
  get(`${kind} as a table`, `${path}?${onlyShown}`, table, { whole: true }),
  get(`${kind} as a v1beta1 table with whole objects`, `${path}?${onlyShown}&includeObject=Object`, oldTable),
  get(`one ${kind} as a table with nothing but cells`, `${path}/${objects[0]!.metadata.name}?includeObject=None`, table),
  get(`one ${kind} as a table`, `${path}/${objects[0]!.metadata.name}`, table),
  get(`${kind} by metadata`, `${path}?${onlyShown}`, partials),
  get(`the bookmark of no ${kind}`, `${path}?${streamed}`, 'application/json', { lines: 1 }),
  get(`the bookmark of no ${kind} as a table`, `${path}?${streamed}`, table, { lines: 1 }),
]

const crdPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const column = (name: string, jsonPath: string, type = 'string', more: object = {}) => ({ name, jsonPath, type, ...more })
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'printings.golden.example.com', labels: { table: 'shown' } },
  spec: {
    group: 'golden.example.com',
    scope: 'Namespaced',
    names: { kind: 'Printing', plural: 'printings', singular: 'printing', listKind: 'PrintingList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: { scale: { specReplicasPath: '.spec.count', statusReplicasPath: '.status.count' } },
        additionalPrinterColumns: [
          column('Text', '.spec.text', 'string', { description: 'what is said' }),
          column('Count', '.spec.count', 'integer', { format: 'int32', priority: 1 }),
          column('Long', '.spec.long', 'integer', { format: 'int64' }),
          column('Ratio', '.spec.ratio', 'number', { format: 'double' }),
          column('True', '.spec.true', 'boolean'),
          column('When', '.spec.when', 'date'),
          column('Map', '.spec.map'),
          column('List', '.spec.list'),
          column('Each', '.spec.list[*].name'),
          column('First', '.spec.list[0].name'),
          column('Last', '.spec.list[-1:].name'),
          column('Ready', '.status.conditions[?(@.type=="Ready")].status'),
          column('Escaped', '.metadata.annotations.example\\.com/x'),
          column('Missing', '.spec.nothing'),
          column('Count as text', '.spec.count'),
          column('Text as integer', '.spec.text', 'integer'),
          column('Text as date', '.spec.text', 'date'),
          column('True as text', '.spec.true'),
          column('Ratio as integer', '.spec.ratio', 'integer'),
          column('Generation', '.metadata.generation', 'integer'),
          column('Created', '.metadata.creationTimestamp', 'date'),
        ],
      },
      { name: 'v2', served: true, storage: false, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } },
    ],
  },
}
const printings = '/apis/golden.example.com/v1/namespaces/golden/printings'
const printing = (name: string, spec: unknown, more: object = {}): Question => ({
  key: `printing ${name}`,
  method: 'POST',
  path: printings,
  body: {
    apiVersion: 'golden.example.com/v1',
    kind: 'Printing',
    metadata: { name, labels: { table: 'shown' }, annotations: { 'example.com/x': 'y' } },
    spec,
    ...more,
  },
  until: '201',
})

const maps = '/api/v1/namespaces/golden/configmaps'
const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'made' }, data: { a: 'b' } }
const asked: readonly Question[] = [
  ...['None', 'Metadata', 'Object', 'none', '', 'x'].flatMap((include) => [
    get(`a list with includeObject=${include}`, `${maps}?${onlyShown}&includeObject=${include}`, table),
    get(`a watch with includeObject=${include}`, `${maps}?watch=true&resourceVersion=0&timeoutSeconds=1&${onlyShown}&includeObject=${include}`, table, {
      lines: 2,
    }),
  ]),
  get('a v1beta1 watch', `${maps}?watch=true&resourceVersion=0&timeoutSeconds=1&${onlyShown}`, oldTable, { lines: 2, whole: true }),
  get('a watch by metadata', `${maps}?watch=true&resourceVersion=0&timeoutSeconds=1&${onlyShown}`, partial, { lines: 2, whole: true }),
  get('a watch of pods', `/api/v1/namespaces/golden/pods?watch=true&resourceVersion=0&timeoutSeconds=1&${onlyShown}`, table, { lines: 3 }),
  get(
    'a streamed list',
    `${maps}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1&${onlyShown}`,
    table,
    {
      lines: 3,
      whole: true,
    },
  ),
  get(
    'a streamed list by metadata',
    `${maps}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1&${onlyShown}`,
    partial,
    {
      lines: 3,
    },
  ),
  get('an empty list', `${maps}?labelSelector=none`, table, { whole: true }),
  get('an empty list by metadata', `${maps}?labelSelector=none`, partials, { whole: true }),
  get('a page', `${maps}?${onlyShown}&limit=1`, `${table}`, {}),
  get('a page by metadata', '/api/v1/namespaces?limit=1', 'application/json;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io', {}),
  get('what is missing', `${maps}/missing`, table),
  get('one by metadata', `${maps}/full`, partial, { whole: true }),
  get('one by v1beta1 metadata', `${maps}/full`, 'application/json;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io'),
  get('one by metadata in YAML', `${maps}/full`, 'application/yaml;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'),
  get('one as kubectl asks', `${maps}/full`, `${table},${oldTable},application/json`),
  get('one as kubectl would ask of another server', `${maps}/full`, 'application/json;as=Table;v=v3;g=meta.k8s.io,application/json'),
  get('the scale of a deployment', '/apis/apps/v1/namespaces/golden/deployments/full/scale', table, { whole: true }),
  get('the scale of a deployment by metadata', '/apis/apps/v1/namespaces/golden/deployments/full/scale', partial),
  get('the status of a deployment', '/apis/apps/v1/namespaces/golden/deployments/full/status', table),
  get('discovery', '/api/v1', table),
  get('health', '/healthz', table),
  get('component statuses', '/api/v1/componentstatuses/nothing', table),
  { key: 'a created one', method: 'POST', path: `${maps}?dryRun=All`, body: map, headers: { accept: table } },
  { key: 'a created one by metadata', method: 'POST', path: `${maps}?dryRun=All`, body: map, headers: { accept: partial } },
  { key: 'a created one that is invalid', method: 'POST', path: `${maps}?dryRun=All`, body: { ...map, metadata: { name: 'X' } }, headers: { accept: table } },
  { key: 'an updated one', method: 'PUT', path: `${maps}/full?dryRun=All`, body: { ...map, metadata: { name: 'full' } }, headers: { accept: table } },
  { key: 'a patched one', method: 'PATCH', path: `${maps}/full?dryRun=All`, body: {}, headers: { ...merge, accept: table } },
  { key: 'a patched one by metadata', method: 'PATCH', path: `${maps}/full?dryRun=All`, body: {}, headers: { ...merge, accept: partial } },
  { key: 'a deleted one', method: 'DELETE', path: `${maps}/full?dryRun=All`, headers: { accept: table } },
  { key: 'all deleted', method: 'DELETE', path: `${maps}?dryRun=All&${onlyShown}`, headers: { accept: table } },
  { key: 'all deleted by metadata', method: 'DELETE', path: `${maps}?dryRun=All&${onlyShown}`, headers: { accept: partials } },
  {
    key: 'a review',
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' },
    headers: { accept: table },
  },
  {
    key: 'an access review',
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } },
    headers: { accept: table },
  },
]

export const tables: Questionnaire = {
  setup: [
    ...inNamespace,
    ...shownKinds.flatMap(setupOf),
    ...setupOf(shownServices),
    { key: 'definition', method: 'POST', path: crdPath, body: definition },
    printing(
      'full',
      {
        text: 'said',
        count: 3,
        long: 12345678901,
        ratio: 1.5,
        true: true,
        when: '2024-01-02T03:04:05Z',
        map: { b: 1, a: ['x', { y: null }] },
        list: [{ name: 'one' }, { name: 'two' }],
      },
      {
        status: {
          conditions: [
            { type: 'Other', status: 'False' },
            { type: 'Ready', status: 'True' },
          ],
        },
      },
    ),
    printing('bare', {}),
    printing('odd', { text: 7, count: 2, long: 'x', ratio: 1, true: 'yes', when: 'never', map: 'm', list: [] }),
    printing('none', null),
  ],
  questions: [
    ...shownKinds.flatMap(questionsOf),
    get('APIServices as a table', `/apis/apiregistration.k8s.io/v1/apiservices?${onlyShown}&includeObject=None`, table, { whole: true }),
    ...[printings, printings.replace('/v1/', '/v2/')].flatMap((path) => [
      get(`${path} as a table`, `${path}?${onlyShown}`, table, { whole: true }),
      get(`${path} as a v1beta1 table with whole objects`, `${path}?${onlyShown}&includeObject=Object`, oldTable),
      get(`${path} one as a table`, `${path}/full`, table),
      get(`${path} watched as a table`, `${path}?watch=true&resourceVersion=0&timeoutSeconds=1&${onlyShown}`, table, { lines: 4 }),
      get(`${path} by metadata`, `${path}?${onlyShown}`, partials, { whole: true }),
      get(`${path} one by metadata`, `${path}/full`, partial),
      get(`${path} watched by metadata`, `${path}?watch=true&resourceVersion=0&timeoutSeconds=1&${onlyShown}`, partial, { lines: 4 }),
      get(`${path} none`, `${path}?labelSelector=none`, table),
    ]),
    get('its scale as a table', `${printings}/full/scale`, table),
    get('its scale by metadata', `${printings}/full/scale`, partial),
    get('the definition as a table', `${crdPath}?${onlyShown}`, table, { whole: true }),
    get('the definition as a table with the object', `${crdPath}/printings.golden.example.com?includeObject=Object`, table),
    get('the definition by metadata', `${crdPath}?${onlyShown}`, partials),
    ...asked,
  ],
}
