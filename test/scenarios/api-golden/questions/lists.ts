/** Lists and watches: which versions, pages, selectors, names and forms go together, and what is said where they do not. */
import type { Question, Questionnaire } from '../types.ts'

const maps = '/api/v1/namespaces/listed/configmaps'
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const partials = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'
const get = (path: string, more: Partial<Question> = {}): Question => ({ key: `GET ${path}`, method: 'GET', path, ...more })

const setup: readonly Question[] = [
  { key: 'namespace', method: 'POST', path: '/api/v1/namespaces', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'listed' } } },
  ...['a', 'b', 'c', 'd', 'e'].map(
    (name, index): Question => ({
      key: name,
      method: 'POST',
      path: maps,
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { lists: 'x', odd: String(index % 2) } } },
    }),
  ),
]

const versions = ['', 'resourceVersion=', 'resourceVersion=0', 'resourceVersion={now.resourceVersion}']
const matches = ['', 'resourceVersionMatch=', 'resourceVersionMatch=Exact', 'resourceVersionMatch=NotOlderThan', 'resourceVersionMatch=x']
const limits = ['', 'limit=0', 'limit=2']
const continues = ['', 'continue=', 'continue={page.continue}']

const combinations: readonly Question[] = versions.flatMap((version) =>
  matches.flatMap((match) =>
    limits.flatMap((limit) =>
      continues.map((token) => get(`${maps}?${['labelSelector=lists', version, match, limit, token].filter((part) => part !== '').join('&')}`)),
    ),
  ),
)

const selectors = [
  'labelSelector=odd%3D0',
  'labelSelector=odd%3D1',
  'labelSelector=none',
  'fieldSelector=metadata.name%3Da',
  'fieldSelector=metadata.name%3De',
  'fieldSelector=metadata.name!%3Dd',
  'fieldSelector=metadata.namespace%3Dlisted',
  'fieldSelector=metadata.namespace%3Dother',
]
const tokenOf = (token: unknown): string => Buffer.from(typeof token === 'string' ? token : JSON.stringify(token)).toString('base64url')
const tokens: readonly (readonly [string, string])[] = [
  ['of revision -1', tokenOf({ v: 'meta.k8s.io/v1', rv: -1, start: 'c\u0000' })],
  ['of revision -2', tokenOf({ v: 'meta.k8s.io/v1', rv: -2, start: 'c\u0000' })],
  ['without revision', tokenOf({ v: 'meta.k8s.io/v1', start: 'c\u0000' })],
  ['without a version', tokenOf({ rv: -1, start: 'c\u0000' })],
  ['of a revision that is text', tokenOf({ v: 'meta.k8s.io/v1', rv: '1', start: 'c\u0000' })],
  ['of a revision with a fraction', tokenOf('{"v":"meta.k8s.io/v1","rv":1.5,"start":"c"}')],
  ['of a start that is a number', tokenOf({ v: 'meta.k8s.io/v1', rv: -1, start: 7 })],
  ['of a start that is not there', tokenOf({ v: 'meta.k8s.io/v1', rv: -1, start: 'bb' })],
  ['of a start behind all', tokenOf({ v: 'meta.k8s.io/v1', rv: -1, start: 'z' })],
  ['of a start of a slash', tokenOf({ v: 'meta.k8s.io/v1', rv: -1, start: '/' })],
  ['of a start with a slash at its end', tokenOf({ v: 'meta.k8s.io/v1', rv: -1, start: 'c/' })],
  ['of a start above', tokenOf({ v: 'meta.k8s.io/v1', rv: -1, start: '../x' })],
  ['of a start with two slashes', tokenOf({ v: 'meta.k8s.io/v1', rv: -1, start: 'a//b' })],
  ['of a start with a dot', tokenOf({ v: 'meta.k8s.io/v1', rv: -1, start: 'a/./b' })],
  ['that is null', tokenOf('null')],
  ['that is a list', tokenOf('[]')],
  ['that is text', tokenOf('"x"')],
  ['that is half', tokenOf('{"v":')],
  ['that is nothing', tokenOf('')],
  ['with padding', `${tokenOf({ v: 'meta.k8s.io/v1', rv: -1, start: 'cc' })}=`],
  ['with a plus', 'a%2Bb'],
  ['of one letter', 'a'],
  ['with an unknown field', tokenOf({ v: 'meta.k8s.io/v1', rv: -1, start: 'c\u0000', x: 1 })],
]

const pages: readonly Question[] = [
  ...selectors.flatMap((selector) => [
    get(`${maps}?${selector}&limit=1`),
    get(`${maps}?${selector}&limit=2`),
    get(`${maps}?${selector}&limit=2&continue={page.continue}`),
    get(`${maps}?${selector}&resourceVersion={now.resourceVersion}&limit=1`),
    get(`${maps}?${selector}&resourceVersion={now.resourceVersion}&resourceVersionMatch=Exact`),
    get(`${maps}?${selector}&resourceVersion=0&limit=1`),
  ]),
  ...[5, 4, 3, 1].map((limit) => get(`${maps}?labelSelector=lists&limit=${limit}`)),
  ...[5, 4, 3, 1].map((limit) => get(`/api/v1/namespaces?limit=${limit}&labelSelector=none`)),
  ...tokens.flatMap(([label, token]) => [
    get(`${maps}?labelSelector=lists&continue=${token}`, { key: `a token ${label}` }),
    get(`${maps}?labelSelector=lists&limit=1&continue=${token}`, { key: `a token ${label}, with a limit` }),
  ]),
  get(`/api/v1/configmaps?limit=1&continue={page.continue}&labelSelector=lists`),
  get(`/api/v1/namespaces/other/configmaps?limit=1&continue={page.continue}`),
  get(`/api/v1/namespaces/listed/secrets?limit=1&continue={page.continue}`),
  get(`/apis/coordination.k8s.io/v1/namespaces/listed/leases?limit=1&continue={page.continue}`),
  get(`${maps}/a?continue={page.continue}`),
  get(`${maps}?limit=2&labelSelector=lists`, { key: 'a page as a table', headers: { accept: table } }),
  get(`${maps}?limit=2&labelSelector=lists`, { key: 'a page by metadata', headers: { accept: partials } }),
  get(`${maps}?limit=2&labelSelector=lists&continue={page.continue}`, { key: 'the next as a table', headers: { accept: table } }),
  get(`${maps}?limit=3&labelSelector=none`, { key: 'no page as a table', headers: { accept: table } }),
  get(`${maps}?limit=3&labelSelector=none`, { key: 'no page by metadata', headers: { accept: partials } }),
]

const watched = (query: string, more: Partial<Question> = {}): Question =>
  get(`${maps}?watch=true&labelSelector=lists&${query}`, { lines: 1, shows: ['Content-Type'], ...more })
/** Of those that go on, only the ones that begin with what is there: nothing else comes until their time is up. */
const watches: readonly Question[] = versions.flatMap((version) =>
  ['', 'resourceVersionMatch=', 'resourceVersionMatch=Exact', 'resourceVersionMatch=NotOlderThan', 'resourceVersionMatch=x'].flatMap((match) =>
    ['', 'sendInitialEvents=true', 'sendInitialEvents=false', 'sendInitialEvents='].flatMap((initial) =>
      ['', 'allowWatchBookmarks=true'].flatMap((bookmarks) => {
        const begins = initial === 'sendInitialEvents=false' ? false : initial !== '' || !version.includes('now')
        const goesOn = initial === '' ? !match.includes('=') || match.endsWith('=') : match.includes('NotOlderThan')
        const lines = bookmarks === '' ? 5 : 6
        return begins || !goesOn ? [watched([version, match, initial, bookmarks].filter(Boolean).join('&'), { lines })] : []
      }),
    ),
  ),
)

const one = `${maps}/a`
const streams = 'allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan'
const forms: readonly Question[] = [
  get(`${maps}?watch=true&fieldSelector=metadata.name%3Da&${streams}`, { lines: 2 }),
  get(`${maps}?watch=true&fieldSelector=metadata.name!%3Da,metadata.name!%3De&labelSelector=lists&${streams}`, { lines: 4 }),
  get(`${maps}?watch=true&fieldSelector=metadata.namespace%3Dother&${streams}`, { lines: 1 }),
  get(`/api/v1/configmaps?watch=true&fieldSelector=metadata.namespace%3Dlisted&labelSelector=lists&${streams}`, { lines: 6 }),
  get(`/api/v1/configmaps?watch=true&fieldSelector=metadata.namespace%3Dlisted,metadata.name%3Da&${streams}`, { lines: 2 }),
  get(`${maps}?watch=true&limit=2&labelSelector=lists&${streams}`, { lines: 6 }),
  get(`${maps}?watch=true&labelSelector=lists&continue={page.continue}`, { lines: 5 }),
  get(`${maps}?watch=true&labelSelector=lists&${streams}&continue={page.continue}`, { lines: 5 }),
  ...['0', '', 'x', '1.5', '99999999999', '99999999999999999999'].map((seconds) =>
    get(`${maps}?watch=true&labelSelector=lists&${streams}&timeoutSeconds=${seconds}`, { lines: 6 }),
  ),
  ...['', 'true', 'false', '1', '0', 't', 'True', 'FALSE', 'yes'].flatMap((text) => [
    get(`${maps}?labelSelector=lists&watch=${text}`, { lines: 5 }),
    get(`${maps}?labelSelector=lists&watch=true&allowWatchBookmarks=${text}`, { lines: text === 'false' || text === '0' || text === 'FALSE' ? 5 : 6 }),
  ]),
  get(`${maps}?watch`, { lines: 5 }),
  get(`${maps}?labelSelector=lists&watch=false&watch=true`, { lines: 5 }),
  get(`${maps}?labelSelector=lists&watch=true&watch=false`, { lines: 5 }),
  ...['-1', 'x', '1.5', '0x1', '00', ' 1', '18446744073709551616'].map((version) =>
    get(`${maps}?watch=true&labelSelector=lists&resourceVersion=${encodeURIComponent(version).replaceAll('%7B', '{').replaceAll('%7D', '}')}`, { lines: 5 }),
  ),
  // One object: its path with watch, and the paths of old.
  ...[
    `${one}?watch=true`,
    `${one}?watch=true&fieldSelector=metadata.name%3Da`,
    `${one}?watch=true&fieldSelector=metadata.name%3Db`,
    `${one}?watch=true&labelSelector=none`,
    `${one}?watch=false&resourceVersion=0`,
    '/api/v1/watch/namespaces/listed/configmaps/a',
    '/api/v1/watch/namespaces/listed/configmaps/a?fieldSelector=metadata.name%3Db',
    '/api/v1/watch/namespaces/listed/configmaps/a?fieldSelector=metadata.name!%3Db',
    '/api/v1/watch/namespaces/listed/configmaps?fieldSelector=metadata.name%3Db',
    '/api/v1/watch/namespaces/listed/configmaps?watch=false&fieldSelector=metadata.name%3Db',
    '/api/v1/watch/configmaps?fieldSelector=metadata.name%3Db',
    '/api/v1/watch/configmaps/a',
    '/api/v1/watch/namespaces/listed',
    '/api/v1/watch/namespaces/listed/configmaps/a/status',
    '/api/v1/watch',
    '/api/v1/watch/',
    '/api/v1/watch/bindings',
    '/api/v1/watch/namespaces/listed/configmaps/',
    '/api/watch/v1/namespaces/listed/configmaps',
    '/apis/apps/v1/watch/deployments?resourceVersion=x',
    '/apis/apps/v1/watch/namespaces/listed/deployments/a/scale',
    '/apis/apps/v1/watch/nothing',
    '/apis/authorization.k8s.io/v1/watch/subjectaccessreviews',
    '/apis/apiextensions.k8s.io/v1/watch/customresourcedefinitions?resourceVersion=x',
    '/apis/apiregistration.k8s.io/v1/watch/apiservices?resourceVersion=x',
    '/api/v1/componentstatuses?watch=true',
    '/api/v1/watch/componentstatuses',
    '/apis/authorization.k8s.io/v1/subjectaccessreviews?watch=true',
    '/api/v1/proxy/namespaces/listed/pods/a',
    '/api/v1/redirect/namespaces/listed/pods/a',
  ].map((path) => get(path, { lines: 1, shows: ['Content-Type', 'Transfer-Encoding', 'Content-Length'] })),
  // Versions of one object.
  ...['', '0', '1', 'x', '-1', '{now.resourceVersion}', '99999999999999999999'].map((version) => get(`${one}?resourceVersion=${version}`)),
  get(`${one}?resourceVersion=0&resourceVersionMatch=Exact`),
  get(`${one}?limit=x&labelSelector=!`),
]

const methods = ['HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND'] as const
const wrongMethods: readonly Question[] = [
  '/api',
  '/api/v1',
  '/apis/apps',
  '/apis/apps/v1',
  '/apis/nothing',
  '/apis/nothing/v1/things',
  '/version',
  '/healthz',
  '/livez/ping',
  '/readyz',
  '/metrics/slis/x',
  '/openapi/v2/x',
  '/openapi/v3/x',
  '/.well-known/openid-configuration/x',
  '/nothing',
  '/api/v1/nothing',
  '/api/v1/namespaces',
  maps,
  one,
  `${maps}/missing`,
  '/api/v1/namespaces/listed/bindings',
  '/api/v1/namespaces/listed/pods/x/status',
  '/api/v1/namespaces/listed/pods/x/log',
  '/api/v1/namespaces/listed/pods/x/eviction',
  '/api/v1/namespaces/listed/pods/x/binding',
  '/api/v1/namespaces/listed/serviceaccounts/x/token',
  '/apis/apps/v1/namespaces/listed/deployments/x/scale',
  '/apis/authorization.k8s.io/v1/subjectaccessreviews',
  '/apis/authorization.k8s.io/v1/subjectaccessreviews/x',
  '/api/v1/watch/namespaces/listed/configmaps',
  '/api/v1/watch/namespaces/listed/configmaps/a',
  '/api/v1/namespaces/listed/finalize',
  '/api/v1/componentstatuses',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/x/status',
  '/apis/apiregistration.k8s.io/v1/apiservices/x',
  '/api/v1/nodes/x/status',
].flatMap((path) =>
  methods
    .filter((method) => method !== 'DELETE' || !['/api/v1/namespaces', maps, one].includes(path))
    .filter((method) => method !== 'HEAD' || !/\/watch\/|^\/openapi\/v3/.test(path))
    .map(
      (method): Question => ({
        key: `${method} ${path}`,
        method,
        path,
        shows: ['Content-Type', ...(method === 'POST' || method === 'PUT' ? [] : ['Content-Length']), 'Allow'],
      }),
    ),
)

/** What clients send that have no namespace to put there. */
const noNamespace: readonly Question[] = (['GET', 'PUT', 'PATCH', 'DELETE'] as const).flatMap((method) =>
  [
    '/api/v1/namespaces//configmaps?labelSelector=lists',
    '/api/v1/namespaces//configmaps/a',
    '/api/v1/configmaps?labelSelector=lists',
    '/api/v1/configmaps/a',
  ].map(
    (path): Question => ({
      key: `${method} ${path} with a body`,
      method,
      path: `${path}${path.includes('?') ? '&' : '?'}dryRun=All`,
      ...(method === 'GET' || method === 'DELETE' ? {} : { body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } } }),
      ...(method === 'PATCH' ? { headers: { 'content-type': 'application/merge-patch+json' } } : {}),
    }),
  ),
)

const oddPaths: readonly Question[] = [
  `${maps}/`,
  `${one}/`,
  `${one}//`,
  '//api/v1',
  '/api//v1',
  '/api/v1/',
  '/apis/apps/v1/',
  '/apis/apps/',
  '/API/v1',
  '/api/V1',
  '/api/v1/ConfigMaps',
  '/api/v1/configmap',
  '/api/v1/namespaces/listed/configmaps/A',
  '/api/v1/namespaces//configmaps?labelSelector=lists',
  '/api/v1/namespaces//configmaps/a',
  '/api/v1/namespaces/listed//configmaps',
  '/api/v1/namespaces/listed/./configmaps',
  '/api/v1/namespaces/listed/%2e/configmaps',
  '/api/v1/namespaces/%67olden/configmaps/%61',
  '/api/v1/namespaces/listed%2Fconfigmaps/a',
  '/api/v1/namespaces/listed/configmaps/a%20b',
  '/api/v1/namespaces/listed/configmaps/%',
  '/api/v1/namespaces/listed/configmaps/%zz',
  '/api/v1/namespaces/listed/configmaps/%E2%82%AC',
  '/api/v1/namespaces/listed/configmaps/a;b',
  '/api/v1/namespaces/listed/configmaps/a?x=%zz',
  '/api/v1/namespaces/listed/configmaps/a?x=1;y=2',
  '/api/v1/namespaces/listed/configmaps/a?&&=',
  `/api/v1/namespaces/listed/configmaps/${'y'.repeat(300)}`,
  '/api/v1/namespaces/listed/pods/a/b/c/d',
  '/api/v1/nodes/a/b/c/d',
  '/apis//v1',
  '/apis/apps/v1/namespaces',
  '/apis/apps/v1/namespaces/listed',
  '/apis/apps/v1/namespaces/listed/',
  '/api/v1/namespaces/listed/namespaces',
  '/api/v1/namespaces/listed/namespaces/x',
  '/api/v1/namespaces/listed/status',
  '/api/v1/namespaces/listed/finalize',
  '/api/v1/namespaces/listed/x',
  '/api/v1/namespaces/listed/persistentvolumes',
  '/favicon.ico',
  '/healthz/etcd/',
  '/readyz/etcd/x',
  '/version/x',
  '/metrics/',
  '/openapi/v2/',
  '/openapi/v3/',
  '/debug',
  '/debug/',
].map((path) => get(path, { shows: ['Content-Type', 'Location'] }))

export const lists: Questionnaire = {
  setup,
  questions: [
    get(`${maps}?labelSelector=lists&limit=2`, { key: 'a first page', remembered: 'page' }),
    get(`${maps}?labelSelector=lists`, { key: 'all of them', remembered: 'now' }),
    ...combinations,
    ...pages,
    ...watches,
    ...forms,
    ...wrongMethods,
    ...noNamespace,
    ...oddPaths,
  ],
}
