/** The doors that are no resources: health, versions, flags, documents, and how their answers end. */
import type { Question, Questionnaire } from '../types.ts'

const get = (path: string, more: Partial<Question> = {}): Question => ({ key: `GET ${path}`, method: 'GET', path, ...more })
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const shows = ['Content-Type', 'Cache-Control', 'X-Content-Type-Options']

const health: readonly Question[] = ['/healthz', '/livez', '/readyz'].flatMap((endpoint) => [
  get(`${endpoint}?verbose`, { shows, whole: true }),
  get(`${endpoint}?verbose=false`),
  get(`${endpoint}?exclude=ping&exclude=etcd&verbose`),
  get(`${endpoint}?exclude=etcd&exclude=x&exclude=y&verbose`),
  get(`${endpoint}?exclude=`),
  ...[
    'ping',
    'etcd',
    'log',
    'poststarthook/rbac/bootstrap-roles',
    'autoregister-completion',
    'loopback-serving-certificate',
    'shutdown',
    'informer-sync',
  ].flatMap((name) => [get(`${endpoint}/${name}`, { shows }), get(`${endpoint}/${name}?verbose`, { shows })]),
])

const pages: readonly Question[] = ['flagz', 'statusz'].flatMap((page) => {
  const kind = page === 'flagz' ? 'Flagz' : 'Statusz'
  return [
    get(`/${page}`, { key: `the beginning of ${page}`, lines: 3, shows }),
    ...[
      'text/plain',
      'text/*',
      'text/html',
      'text/html, text/plain',
      '*/*',
      'application/*',
      'application/json',
      'application/yaml',
      ...['v1alpha1', 'v1beta1', 'v1'].flatMap((version) =>
        ['json', 'yaml', 'cbor', 'vnd.kubernetes.protobuf'].map((type) => `application/${type};g=config.k8s.io;v=${version};as=${kind}`),
      ),
      'application/json;g=config.k8s.io;v=v1beta1;as=Nothing',
      `application/json;g=other;v=v1beta1;as=${kind}`,
      `application/json;v=v1beta1;as=${kind}`,
      `application/json;g=config.k8s.io;as=${kind}`,
      'application/json, text/plain',
      `application/json;g=config.k8s.io;v=v1beta1;as=${kind}, text/plain`,
      `text/plain, application/json;g=config.k8s.io;v=v1beta1;as=${kind}`,
    ].map((accept): Question => ({ key: `${page} as ${accept}`, method: 'HEAD', path: `/${page}`, headers: { accept }, shows: ['Content-Type', 'Warning'] })),
    { key: `POST ${page}`, method: 'POST', path: `/${page}`, lines: 3, shows },
    { key: `${page} of nobody`, method: 'GET', path: `/${page}`, anonymous: true },
    get(`/${page}/`),
    get(`/${page}/x`),
  ]
})

/** Which answers end their line. */
const endings: readonly Question[] = [
  ...[
    '/api',
    '/apis/apps',
    '/api/v1',
    '/apis/apps/v1',
    '/version',
    '/healthz',
    '/livez?verbose',
    '/nothing',
    '/api/v1/nothing',
    '/api/v1/namespaces/default',
    '/api/v1/namespaces/missing',
    '/api/v1/namespaces?labelSelector=kubernetes.io/metadata.name%3Ddefault',
    '/apis/apps/v1/deployments?labelSelector=none',
  ].flatMap((path) => {
    const also = path.includes('?') ? '&' : '?'
    const more = path === '/version' ? { lines: 1 } : {}
    return [
      get(path, { key: `the end of ${path}`, ends: true, ...more }),
      get(`${path}${also}pretty=true`, { key: `the end of ${path}, indented`, ends: true, ...more }),
      get(path, { key: `the end of ${path} for curl`, ends: true, headers: { 'user-agent': 'curl/8' }, ...more }),
    ]
  }),
  ...[table, 'application/yaml', 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'].map((accept) =>
    get('/api/v1/namespaces/default', { key: `the end of a namespace as ${accept}`, ends: true, headers: { accept } }),
  ),
]

export const doors: Questionnaire = { setup: [], questions: [...health, ...pages, ...endings] }
