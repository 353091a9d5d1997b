/**
 * The audit events of requests: each is asked under an Audit-ID of its own, and its events are taken from the log. The real server is
 * to be started with `--audit-policy-file` holding the policy below and `--audit-log-path`; `K8TS_REAL_AUDIT_LOG` names that file.
 */
import { Agent, request } from 'node:https'
import { setTimeout } from 'node:timers/promises'
import { normalise } from './normalise.ts'
import type { Question, Target } from './types.ts'

export const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- level: None
  userGroups: ["system:nodes"]
- level: None
  users: ["system:apiserver"]
- level: Metadata
  omitStages: [RequestReceived]
  resources: [{group: "", resources: ["secrets"]}]
- level: Request
  resources: [{group: "", resources: ["pods"]}]
- level: None
  nonResourceURLs: ["/readyz*", "/openapi*"]
- level: RequestResponse
  resources: [{group: "", resources: ["serviceaccounts/token"]}]
- level: RequestResponse
  omitManagedFields: true
  resources: [{group: "apps"}]
- level: RequestResponse
`

const maps = '/api/v1/namespaces/audited/configmaps'
const pods = '/api/v1/namespaces/audited/pods'
const map = (name: string, more: object = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'b' }, ...more })
const typed = (type: string) => ({ 'content-type': type })
const merge = typed('application/merge-patch+json')
const ask = (
  key: string,
  method: Question['method'],
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
  more: Partial<Question> = {},
): Question => ({
  key,
  method,
  path,
  ...(body === undefined ? {} : { body }),
  ...(headers ? { headers } : {}),
  ...more,
})
const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'a', image: 'a' }] } }
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: { selector: { matchLabels: { app: 'x' } }, template } }
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'a', image: 'a' }] } }

const registration = '/apis/admissionregistration.k8s.io/v1'
const judged = (data: object = { a: 'b' }) => map('judged', { metadata: { name: 'judged', labels: { judged: 'yes' } }, data })
const judging = (name: string, spec: object, validationActions: readonly string[]): Question[] => [
  ask(`policy ${name}`, 'POST', `${registration}/validatingadmissionpolicies`, {
    metadata: { name },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
        objectSelector: { matchLabels: { judged: 'yes' } },
      },
      ...spec,
    },
  }),
  ask(`binding of ${name}`, 'POST', `${registration}/validatingadmissionpolicybindings`, { metadata: { name }, spec: { policyName: name, validationActions } }),
]

export const auditQuestions: readonly Question[] = [
  ask('a namespace', 'POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'audited' } }),
  ask('a service account', 'POST', '/api/v1/namespaces/audited/serviceaccounts', { metadata: { name: 'default' } }),
  ask('create', 'POST', maps, map('a')),
  ask('create as YAML', 'POST', maps, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: y\n', typed('application/yaml')),
  ask('create with generateName', 'POST', maps, { metadata: { generateName: 'g-' } }),
  ask('create dry', 'POST', `${maps}?dryRun=All`, map('dry')),
  ask('create again', 'POST', maps, map('a')),
  ask('create what is no object', 'POST', maps, '{"metadata":'),
  ask('create nothing', 'POST', maps, ''),
  ask('create with unknown fields', 'POST', `${maps}?fieldValidation=Strict`, map('u', { nothing: 1 })),
  ask('create with a warning', 'POST', maps, map('w', { nothing: 1 })),
  ask('create invalid', 'POST', maps, map('Not_Valid!')),
  ask('get', 'GET', `${maps}/a`),
  ask('get as YAML', 'GET', `${maps}/a`, undefined, { accept: 'application/yaml' }),
  ask('get as a table', 'GET', `${maps}/a`, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }),
  ask('get metadata', 'GET', `${maps}/a`, undefined, { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' }),
  ask('get a missing one', 'GET', `${maps}/missing`),
  ask('get, not acceptable', 'GET', `${maps}/a`, undefined, { accept: 'text/plain' }),
  ask('list', 'GET', `${maps}?limit=1`),
  ask('list all namespaces', 'GET', '/api/v1/configmaps?labelSelector=none'),
  ask('list wrongly', 'GET', `${maps}?limit=x`),
  ask('list by name', 'GET', `${maps}?fieldSelector=metadata.name%3Da`),
  ask('watch', 'GET', `${maps}?watch=true&timeoutSeconds=1`),
  ask('watch from long ago', 'GET', `${maps}?watch=true&timeoutSeconds=1&resourceVersion=x`),
  ask('update', 'PUT', `${maps}/a`, map('a', { data: { a: 'c' } })),
  ask('update of another name', 'PUT', `${maps}/a`, map('b')),
  ask('update a missing one', 'PUT', `${maps}/missing`, map('missing')),
  ask('update with an old version', 'PUT', `${maps}/a`, map('a', { metadata: { name: 'a', resourceVersion: '1' } })),
  ask('merge patch', 'PATCH', `${maps}/a`, { data: { x: 'y' } }, merge),
  ask('JSON patch', 'PATCH', `${maps}/a`, [{ op: 'add', path: '/data/z', value: '1' }], typed('application/json-patch+json')),
  ask('strategic patch', 'PATCH', `${maps}/a`, { data: { s: 't' } }, typed('application/strategic-merge-patch+json')),
  ask('apply', 'PATCH', `${maps}/a?fieldManager=me`, map('a', { data: { ap: 'ply' } }), typed('application/apply-patch+yaml')),
  ask('apply a new one', 'PATCH', `${maps}/applied?fieldManager=me`, 'apiVersion: v1\nkind: ConfigMap\n', typed('application/apply-patch+yaml')),
  ask('patch of no type', 'PATCH', `${maps}/a`, '{}', typed('text/plain')),
  ask('patch that is wrong', 'PATCH', `${maps}/a`, '{', merge),
  ask('delete with options', 'DELETE', `${maps}/y`, { propagationPolicy: 'Background' }),
  ask('delete', 'DELETE', `${maps}/a`),
  ask('delete a missing one', 'DELETE', `${maps}/a`),
  ask('delete all', 'DELETE', `${maps}?labelSelector=none`),
  ask('a deployment', 'POST', '/apis/apps/v1/namespaces/audited/deployments', deployment),
  ask('deployments', 'GET', '/apis/apps/v1/namespaces/audited/deployments'),
  ask('scale', 'PATCH', '/apis/apps/v1/namespaces/audited/deployments/d/scale', { spec: { replicas: 2 } }, merge),
  ask('status', 'PATCH', '/apis/apps/v1/namespaces/audited/deployments/d/status', { status: { replicas: 1 } }, merge),
  ask('a pod', 'POST', pods, pod),
  ask('a pod that baseline forbids', 'POST', pods, { ...pod, metadata: { name: 'q' }, spec: { ...pod.spec, hostNetwork: true } }),
  ask('get the pod', 'GET', `${pods}/p`),
  ask('its log', 'GET', `${pods}/p/log`),
  ask('exec without an upgrade', 'GET', `${pods}/p/exec?command=a`),
  ask('evict', 'POST', `${pods}/p/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } }),
  ask('a secret', 'POST', '/api/v1/namespaces/audited/secrets', { metadata: { name: 's' }, stringData: { a: 'b' } }),
  ask('get the secret', 'GET', '/api/v1/namespaces/audited/secrets/s'),
  ask('a token', 'POST', '/api/v1/namespaces/audited/serviceaccounts/default/token', { spec: { expirationSeconds: 600 } }),
  ask('a review', 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { nonResourceAttributes: { path: '/x', verb: 'get' } },
  }),
  ask('as another', 'GET', `${maps}/w`, undefined, { 'impersonate-user': 'someone' }),
  ask('as another with groups and more', 'GET', `${maps}/w`, undefined, {
    'impersonate-user': 'someone',
    'impersonate-group': 'system:masters',
    'impersonate-extra-reason': 'why',
    'impersonate-uid': '7',
  }),
  ask('as groups alone', 'GET', `${maps}/w`, undefined, { 'impersonate-group': 'x' }),
  ask('as a forwarded client', 'GET', `${maps}/w`, undefined, {
    'x-forwarded-for': '192.0.2.7, 192.0.2.8',
    'x-real-ip': '192.0.2.9',
    'user-agent': 'u'.repeat(1100),
  }),
  ask('nobody', 'GET', `${maps}/w`, undefined, undefined, { anonymous: true }),
  ask('nobody asks for health', 'GET', '/livez', undefined, undefined, { anonymous: true }),
  ask('a wrong token', 'GET', `${maps}/w`, undefined, { authorization: 'Bearer wrong' }, { anonymous: true }),
  ask('health', 'GET', '/livez?verbose'),
  ask('readiness', 'GET', '/readyz'),
  ask('version', 'GET', '/version'),
  ask('nothing', 'GET', '/nothing?a=b&c=%2F'),
  ask('no such kind', 'GET', '/api/v1/namespaces/audited/nothing/x'),
  ask('no such group', 'GET', '/apis/nothing/v1/things'),
  ask('discovery', 'GET', '/apis/apps/v1'),
  ask('a wrong method', 'POST', `${maps}/w`),
  ask('what is deprecated', 'GET', '/api/v1/namespaces/audited/endpoints'),
  ...judging(
    'audited.example.com',
    {
      validations: [{ expression: 'true' }, { expression: 'object.data.a != "b"', message: 'beware of "b" <here>' }],
      auditAnnotations: [
        { key: 'told', valueExpression: '"a is " + object.data.a' },
        { key: 'untold', valueExpression: 'null' },
      ],
    },
    ['Audit', 'Warn'],
  ),
  ask('judged', 'POST', `${maps}?dryRun=All`, judged(), undefined, { until: 'audited.example.com/told' }),
  ask('judged otherwise', 'POST', `${maps}?dryRun=All`, judged({ a: 'c' })),
  ask('judged in error', 'POST', `${maps}?dryRun=All`, judged({ c: 'c' })),
  ask('finalize', 'PUT', '/api/v1/namespaces/audited/finalize', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'audited' },
    spec: { finalizers: ['kubernetes'] },
  }),
]

/** How often what is to begin to act is asked for. */
const tries = 100

/** `eventsOf` gives the events that there are by now under an id. */
export async function auditOf({ server, tls, headers = {} }: Target, eventsOf: (auditId: string) => Promise<any[]>): Promise<Record<string, unknown>> {
  const [agent, nobody] = [new Agent({ keepAlive: false, ...tls }), new Agent({ rejectUnauthorized: false })]
  const run = String(process.pid)
  const found: Record<string, unknown> = {}
  try {
    const asked = auditQuestions.flatMap((question, index) =>
      Array.from({ length: question.until ? tries : 1 }, (_, attempt) => ({ ...question, index, attempt })),
    )
    for (const { key, method, path, body, headers: more, anonymous, until, index, attempt } of asked) {
      // What is there already has been answered as it was waited for.
      if (until && key in found && JSON.stringify(found[key]).includes(until)) continue
      if (attempt > 0) await setTimeout(100)
      const auditId = `question-${run}-${index}-${attempt}`
      const sent = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
      const send = (): Promise<boolean> =>
        new Promise((resolve) => {
          const all = {
            'user-agent': 'asker',
            'audit-id': auditId,
            ...(anonymous ? {} : headers),
            ...(sent === undefined ? {} : typed('application/json')),
            ...more,
          }
          const outgoing = request(new URL(path, server), { method, agent: anonymous ? nobody : agent, headers: all }, (response) => {
            response.resume()
            response.on('close', () => resolve(true))
          })
          outgoing.on('error', () => resolve(false))
          outgoing.end(sent)
        })
      // A connection may have been closed by the server just then.
      if (!(await send())) await send()
      let events = await eventsOf(auditId)
      for (let left = 20; left > 0 && !events.some(({ stage }) => stage !== 'RequestReceived'); left--) {
        await setTimeout(10)
        events = await eventsOf(auditId)
      }
      found[key] = events.map(plain)
    }
    return found
  } finally {
    agent.destroy()
    nobody.destroy()
  }
}

/** Without what differs from one server or moment to another. */
function plain({ auditID: _, requestReceivedTimestamp, stageTimestamp, user, annotations, ...event }: any): unknown {
  const stamped = [requestReceivedTimestamp, stageTimestamp].every((each) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(each))
  const admin = user?.groups?.includes('system:masters') ? 'ADMIN' : user
  const notes = annotations && Object.fromEntries(Object.entries(annotations).filter(([name]) => !name.startsWith('apiserver.latency.k8s.io/')))
  return normalise({ ...event, stamped, user: admin, ...(notes && Object.keys(notes).length > 0 ? { annotations: notes } : {}) })
}
