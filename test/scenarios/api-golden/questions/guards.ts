/** Certificate requests, flow control, admission webhooks and policies, devices: what guards the API, and what is handed out. */
import { createEach, updateEach } from '../mutations.ts'
import type { Question, Questionnaire } from '../types.ts'
import { certificateRequests, issued } from './certificate-requests.ts'
import { inNamespace } from './namespace.ts'

const dry = '?dryRun=All&fieldValidation=Strict'
type Json = Record<string, any>
const create = (key: string, path: string, body: object, headers?: Record<string, string>): Question => ({
  key,
  method: 'POST',
  path: `${path}${dry}`,
  body,
  ...(headers ? { headers } : {}),
})
const update = (key: string, path: string, body: object, headers?: Record<string, string>): Question => ({ ...create(key, path, body, headers), method: 'PUT' })
const make = (path: string, body: Json): Question => ({ key: `${body.kind} ${body.metadata.name}`, method: 'POST', path, body })
const merge = (key: string, path: string, body: object): Question => ({
  key,
  method: 'PATCH',
  path,
  headers: { 'content-type': 'application/merge-patch+json' },
  body,
})

const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
const time = '2026-01-02T03:04:05Z'
const request = (name: string, more: Json = {}) => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name },
  spec: { request: certificateRequests.user, signerName: 'example.com/mine', expirationSeconds: 3600, usages: ['digital signature', 'client auth'], ...more },
})
const condition = (type: string, more: Json = {}) => ({
  type,
  status: 'True',
  reason: 'R',
  message: 'm',
  lastUpdateTime: time,
  lastTransitionTime: time,
  ...more,
})
const said = (name: string, status: Json) => ({ ...request(name), status })
/** Requests record who made them: somebody whom both servers know alike. */
const ann = { 'impersonate-user': 'ann', 'impersonate-group': 'system:masters' }
const asAnn = (question: Question): Question => (question.headers ? question : { ...question, headers: ann })
const plain = { 'impersonate-user': 'ann', 'impersonate-group': 'csr-writers' }
const statuses: readonly Json[] = [
  { conditions: [condition('Approved')] },
  { conditions: [condition('Denied')] },
  { conditions: [condition('Approved'), condition('Denied')] },
  { conditions: [condition('Approved'), condition('Approved')] },
  { conditions: [condition('Failed')] },
  { conditions: [condition('Failed', { status: 'False' })] },
  { conditions: [condition('Approved', { status: 'Unknown' })] },
  { conditions: [condition('Other', { status: 'Unknown' })] },
  { conditions: [condition('', { status: '' })] },
  { conditions: [condition('Approved', { lastUpdateTime: undefined, lastTransitionTime: undefined })] },
  { certificate: issued },
  { certificate: 'YQ==' },
  { certificate: Buffer.from('-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n').toString('base64') },
  { certificate: Buffer.from('-----BEGIN PRIVATE KEY-----\nYQ==\n-----END PRIVATE KEY-----\n').toString('base64') },
  { certificate: issued, conditions: [condition('Approved')] },
  {},
]
const ofCertificates: Question[] = [
  ...createEach('CertificateSigningRequest', requests, request('new')),
  ...Object.keys(certificateRequests).flatMap((of) =>
    [
      'kubernetes.io/kube-apiserver-client',
      'kubernetes.io/kube-apiserver-client-kubelet',
      'kubernetes.io/kubelet-serving',
      'kubernetes.io/legacy-unknown',
      'mine',
    ].map((signerName) => create(`request ${of} of ${signerName}`, requests, request('new', { request: certificateRequests[of], signerName }))),
  ),
  ...[
    { request: 'YQ==' },
    { request: Buffer.from('-----BEGIN CERTIFICATE REQUEST-----\nYQ==\n-----END CERTIFICATE REQUEST-----\n').toString('base64') },
    { request: issued },
    { usages: ['client auth', 'client auth'] },
    { usages: ['x', 'any'] },
    { usages: [] },
    { expirationSeconds: 599 },
    { expirationSeconds: 0 },
    { username: 'someone', uid: 'x', groups: ['a'], extra: { a: ['b'] } },
    { signerName: 'a/b/c' },
    { signerName: 'example.com/' },
    { signerName: 'Example.com/x' },
    { signerName: `example.com/${'x'.repeat(600)}` },
  ].map((more, index) => create(`request by hand ${index}`, requests, request('new', more))),
  {
    ...create('request as somebody', requests, request('new'), {
      'impersonate-user': 'bob',
      'impersonate-group': 'system:masters',
      'impersonate-extra-where': 'here',
      'impersonate-uid': '7',
    }),
    whole: true,
  },
  create(
    'request as a node for itself',
    requests,
    request('new', { request: certificateRequests.client, signerName: 'kubernetes.io/kube-apiserver-client-kubelet' }),
    { 'impersonate-user': 'system:node:one', 'impersonate-group': 'system:nodes' },
  ),
  create(
    'request as a node for another',
    requests,
    request('new', { request: certificateRequests.client, signerName: 'kubernetes.io/kube-apiserver-client-kubelet' }),
    { 'impersonate-user': 'system:node:two', 'impersonate-group': 'system:nodes' },
  ),
  ...['approval', 'status'].flatMap((door) => [
    ...statuses.map((status, index) => update(`${door} ${index}`, `${requests}/kept/${door}`, said('kept', status))),
    ...statuses.map((status, index) => update(`${door} of one approved ${index}`, `${requests}/approved/${door}`, said('approved', status))),
    ...[14, 10, 15].map((index) => update(`${door} of one issued ${index}`, `${requests}/issued/${door}`, said('issued', statuses[index]!))),
    update(`${door} as one who may not`, `${requests}/kept/${door}`, said('kept', statuses[door === 'status' ? 10 : 0]!), plain),
    update(`${door} of what is not there`, `${requests}/none/${door}`, said('none', {})),
    update(`${door} of another spec`, `${requests}/kept/${door}`, {
      ...said('kept', statuses[door === 'status' ? 10 : 0]!),
      spec: request('kept', { usages: ['any'] }).spec,
    }),
  ]),
  ...updateEach('CertificateSigningRequest', `${requests}/kept`, request('kept'), { skip: ['metadata'], brief: true }),
  update('request given a status', `${requests}/kept`, said('kept', statuses[0]!)),
]

const flow = '/apis/flowcontrol.apiserver.k8s.io/v1'
const subject = (kind: string, more: Json) => ({ kind, ...more })
const schema = (name: string, more: Json = {}) => ({
  apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
  kind: 'FlowSchema',
  metadata: { name },
  spec: {
    priorityLevelConfiguration: { name: 'global-default' },
    matchingPrecedence: 1000,
    distinguisherMethod: { type: 'ByUser' },
    rules: [
      {
        subjects: [
          subject('User', { user: { name: 'ann' } }),
          subject('Group', { group: { name: 'crew' } }),
          subject('ServiceAccount', { serviceAccount: { namespace: 'golden', name: 'default' } }),
        ],
        resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], clusterScope: true, namespaces: ['golden'] }],
        nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/logs/*'] }],
      },
    ],
    ...more,
  },
})
const flowRule = (resource: Json | undefined, url?: Json, subjects: Json[] = [subject('User', { user: { name: '*' } })]) => ({
  rules: [{ subjects, ...(resource ? { resourceRules: [resource] } : {}), ...(url ? { nonResourceRules: [url] } : {}) }],
})
const level = (name: string, spec: Json) => ({ apiVersion: 'flowcontrol.apiserver.k8s.io/v1', kind: 'PriorityLevelConfiguration', metadata: { name }, spec })
const limited = (more: Json = {}) => ({
  type: 'Limited',
  limited: {
    nominalConcurrencyShares: 30,
    lendablePercent: 50,
    borrowingLimitPercent: 10,
    limitResponse: { type: 'Queue', queuing: { queues: 64, handSize: 6, queueLengthLimit: 50 } },
    ...more,
  },
})
const flowStatus = { conditions: [{ type: 'Dangling', status: 'True', lastTransitionTime: time, reason: 'R', message: 'm' }] }
const ofFlows: Question[] = [
  ...createEach('FlowSchema', `${flow}/flowschemas`, schema('new')),
  ...[
    { matchingPrecedence: 0 },
    { matchingPrecedence: 1 },
    { matchingPrecedence: 10001 },
    { priorityLevelConfiguration: { name: '' } },
    { priorityLevelConfiguration: { name: 'exempt' } },
    { distinguisherMethod: { type: 'ByNamespace' } },
    { rules: [] },
    { rules: [{}] },
    flowRule({ verbs: ['*', 'get'], apiGroups: ['*', ''], resources: ['*', 'pods'], namespaces: ['*', 'a'] }),
    flowRule({ verbs: ['frob'], apiGroups: ['A_'], resources: ['p q'], namespaces: ['N_'] }),
    flowRule({ verbs: [], apiGroups: [], resources: [], namespaces: [] }),
    flowRule({ verbs: ['get'], apiGroups: [''], resources: ['pods'] }),
    flowRule(undefined, { verbs: ['list'], nonResourceURLs: ['healthz', '/a/*/b', '/a//b', '/', '*'] }),
    flowRule(undefined, { verbs: ['*', 'get'], nonResourceURLs: ['*', '/a'] }),
    flowRule(undefined, { verbs: [], nonResourceURLs: [] }),
    flowRule(undefined, { verbs: ['get'], nonResourceURLs: ['/a b', '/a/*'] }),
    flowRule(undefined, undefined, []),
    ...[
      subject('User', {}),
      subject('User', { user: { name: '' } }),
      subject('Group', { user: { name: 'a' } }),
      subject('Group', { group: { name: '' } }),
      subject('ServiceAccount', { serviceAccount: { namespace: '', name: '' } }),
      subject('ServiceAccount', { serviceAccount: { namespace: 'A_', name: '*' } }),
      subject('ServiceAccount', { serviceAccount: { namespace: '*', name: 'B_' } }),
      subject('Pod', {}),
      subject('User', { user: { name: 'a' }, group: { name: 'b' } }),
    ].map((each) => flowRule({ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }, undefined, [each])),
  ].map((more, index) => create(`flow schema by hand ${index}`, `${flow}/flowschemas`, schema('new', more))),
  create('flow schema that is mandatory', `${flow}/flowschemas`, schema('exempt')),
  update('mandatory flow schema', `${flow}/flowschemas/exempt`, schema('exempt')),
  ...updateEach('FlowSchema status', `${flow}/flowschemas/kept/status`, { ...schema('kept'), status: flowStatus }, { skip: ['metadata', 'spec'], brief: true }),
  update('flow schema, conditions twice', `${flow}/flowschemas/kept/status`, {
    ...schema('kept'),
    status: { conditions: [...flowStatus.conditions, ...flowStatus.conditions, { type: '' }] },
  }),
  ...createEach('PriorityLevelConfiguration', `${flow}/prioritylevelconfigurations`, level('new', limited())),
  ...[
    { type: 'Exempt' },
    { type: 'Exempt', exempt: { nominalConcurrencyShares: 5, lendablePercent: 20 } },
    { type: 'Exempt', exempt: { nominalConcurrencyShares: -1, lendablePercent: 101 } },
    { type: 'Exempt', limited: {} },
    { type: 'Limited' },
    { type: 'Limited', exempt: {} },
    { type: 'Other' },
    { type: '' },
    limited({ nominalConcurrencyShares: 0 }),
    limited({ nominalConcurrencyShares: undefined }),
    limited({ lendablePercent: 101, borrowingLimitPercent: -1 }),
    limited({ limitResponse: { type: 'Reject' } }),
    limited({ limitResponse: { type: 'Reject', queuing: { queues: 1 } } }),
    limited({ limitResponse: { type: 'Queue' } }),
    limited({ limitResponse: { type: 'x' } }),
    limited({ limitResponse: { type: 'Queue', queuing: {} } }),
    limited({ limitResponse: { type: 'Queue', queuing: { queues: 2, handSize: 5, queueLengthLimit: 0 } } }),
    limited({ limitResponse: { type: 'Queue', queuing: { queues: 10000001, handSize: 5, queueLengthLimit: 1 } } }),
    limited({ limitResponse: { type: 'Queue', queuing: { queues: 1000000, handSize: 10, queueLengthLimit: 1 } } }),
    limited({ limitResponse: { type: 'Queue', queuing: { queues: -1, handSize: -1, queueLengthLimit: -1 } } }),
  ].map((spec, index) => create(`priority level by hand ${index}`, `${flow}/prioritylevelconfigurations`, level('new', spec))),
  create('priority level that is mandatory', `${flow}/prioritylevelconfigurations`, level('exempt', limited())),
  update('mandatory priority level', `${flow}/prioritylevelconfigurations/exempt`, level('exempt', limited())),
  update(
    'mandatory priority level, more shares',
    `${flow}/prioritylevelconfigurations/exempt`,
    level('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 9 } }),
  ),
  update('catch-all with other shares', `${flow}/prioritylevelconfigurations/catch-all`, level('catch-all', limited({ nominalConcurrencyShares: 9 }))),
  ...updateEach('PriorityLevelConfiguration', `${flow}/prioritylevelconfigurations/kept`, level('kept', limited()), { skip: ['metadata'], brief: true }),
]

const admission = '/apis/admissionregistration.k8s.io/v1'
const apiVersion = 'admissionregistration.k8s.io/v1'
const ruleOf = (more: Json = {}) => ({ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'], scope: '*', ...more })
const webhook = (more: Json = {}) => ({
  name: 'a.example.com',
  clientConfig: { service: { namespace: 'golden', name: 'hook', path: '/x', port: 443 }, caBundle: issued },
  rules: [ruleOf()],
  failurePolicy: 'Ignore',
  matchPolicy: 'Exact',
  namespaceSelector: { matchLabels: { a: 'b' } },
  objectSelector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] },
  sideEffects: 'None',
  timeoutSeconds: 5,
  admissionReviewVersions: ['v1'],
  matchConditions: [{ name: 'one', expression: 'object.metadata.name == "a"' }],
  ...more,
})
const hooks = (kind: string, name: string, ...webhooks: Json[]) => ({ apiVersion, kind, metadata: { name }, webhooks })
const validating = `${admission}/validatingwebhookconfigurations`
const mutating = `${admission}/mutatingwebhookconfigurations`
const oddHooks: readonly Json[] = [
  { name: 'a' },
  { name: 'A.example.com' },
  { clientConfig: {} },
  { clientConfig: { url: 'https://a.example.com/x', service: { namespace: 'a', name: 'b' } } },
  { clientConfig: { url: 'http://a.example.com' } },
  { clientConfig: { url: 'https://u:p@a.example.com/x?y#z' } },
  { clientConfig: { url: 'https://' } },
  { clientConfig: { url: 'x y' } },
  { clientConfig: { url: 'https://a.example.com', caBundle: 'YQ==' } },
  { clientConfig: { service: { namespace: '', name: '', path: 'x', port: 0 } } },
  { clientConfig: { service: { namespace: 'a', name: 'b', path: '/a//b/C_d/', port: 65536 } } },
  { rules: [ruleOf({ resources: ['*', 'pods'] })] },
  { rules: [ruleOf({ resources: ['*/*', 'pods/status', '*/scale', 'pods/*', 'pods'] })] },
  { rules: [ruleOf({ resources: ['', 'a/'] })] },
  { rules: [ruleOf({ apiGroups: [], apiVersions: [], operations: [], resources: [] })] },
  { rules: [ruleOf({ apiGroups: ['*', 'a'], apiVersions: ['*', 'v1', ''], operations: ['*', 'CREATE'] })] },
  { rules: [ruleOf({ operations: ['CONNECT', 'FROB'] })] },
  { rules: [ruleOf({ scope: 'All' })] },
  { rules: [] },
  { failurePolicy: 'x', matchPolicy: 'y', sideEffects: 'z' },
  { sideEffects: 'Some' },
  { sideEffects: 'Unknown' },
  { timeoutSeconds: 0 },
  { timeoutSeconds: 31 },
  { admissionReviewVersions: [] },
  { admissionReviewVersions: ['v2'] },
  { admissionReviewVersions: ['v1', 'v1'] },
  { admissionReviewVersions: ['v1', ''] },
  { matchConditions: [{ name: 'a b', expression: '' }] },
  {
    matchConditions: [
      { name: 'one', expression: 'true' },
      { name: 'one', expression: 'true' },
    ],
  },
  { matchConditions: [{ name: 'one', expression: 'object.x' }] },
  { matchConditions: [{ name: 'one', expression: '1 + "a"' }] },
  { matchConditions: [{ name: 'one', expression: 'foo' }] },
  { matchConditions: [{ name: 'one', expression: 'object.' }] },
  { matchConditions: [{ name: 'one', expression: 'authorizer.path("/x").check("get").allowed()' }] },
  { matchConditions: [{ name: 'one', expression: 'params.x == 1' }] },
  { matchConditions: [{ name: 'one', expression: 'variables.x == 1' }] },
  { matchConditions: Array.from({ length: 65 }, (_, index) => ({ name: `c${index}`, expression: 'true' })) },
  { namespaceSelector: { matchExpressions: [{ key: 'a b', operator: 'In' }] } },
]
const ofWebhooks: Question[] = [
  ...createEach('ValidatingWebhookConfiguration', validating, hooks('ValidatingWebhookConfiguration', 'new', webhook())),
  ...createEach('MutatingWebhookConfiguration', mutating, hooks('MutatingWebhookConfiguration', 'new', webhook({ reinvocationPolicy: 'IfNeeded' })), {
    skip: ['metadata', ...['clientConfig', 'rules', 'namespaceSelector', 'objectSelector', 'matchConditions'].map((each) => `webhooks[0].${each}`)],
  }),
  ...oddHooks.map((more, index) => create(`webhook by hand ${index}`, validating, hooks('ValidatingWebhookConfiguration', 'new', webhook(more)))),
  create('webhooks of one name', validating, hooks('ValidatingWebhookConfiguration', 'new', webhook(), webhook())),
  create('mutating webhook by hand', mutating, hooks('MutatingWebhookConfiguration', 'new', webhook({ reinvocationPolicy: 'Always' }))),
  create('mutating webhooks of one name', mutating, hooks('MutatingWebhookConfiguration', 'new', webhook(), webhook())),
  ...updateEach('ValidatingWebhookConfiguration', `${validating}/kept`, hooks('ValidatingWebhookConfiguration', 'kept', webhook()), {
    skip: ['metadata', ...['rules', 'namespaceSelector', 'objectSelector'].map((each) => `webhooks[0].${each}`)],
    brief: true,
  }),
]

const policies = `${admission}/validatingadmissionpolicies`
const bindings = `${admission}/validatingadmissionpolicybindings`
const policySpec: Json = {
  failurePolicy: 'Fail',
  paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
  matchConstraints: {
    resourceRules: [ruleOf({ apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['a'] })],
    excludeResourceRules: [ruleOf({ apiGroups: ['apps'], resources: ['deployments/scale'] })],
    namespaceSelector: {},
    objectSelector: {},
    matchPolicy: 'Equivalent',
  },
  matchConditions: [{ name: 'one', expression: 'request.operation == "CREATE"' }],
  variables: [{ name: 'few', expression: 'object.spec.replicas < 5' }],
  validations: [{ expression: 'variables.few', message: 'too many', messageExpression: '"more than " + string(5)', reason: 'Forbidden' }],
  auditAnnotations: [{ key: 'count', valueExpression: 'string(object.spec.replicas)' }],
}
const policy = (name: string, more: Json = {}) => ({ apiVersion, kind: 'ValidatingAdmissionPolicy', metadata: { name }, spec: { ...policySpec, ...more } })
const validation = (expression: string, more: Json = {}) => ({ validations: [{ expression, ...more }], variables: undefined, auditAnnotations: undefined })
const oddPolicies: readonly Json[] = [
  { validations: [], auditAnnotations: [] },
  { validations: undefined, auditAnnotations: undefined },
  { matchConstraints: undefined },
  { matchConstraints: { resourceRules: [] } },
  { matchConstraints: { ...policySpec.matchConstraints, matchPolicy: 'x', excludeResourceRules: [ruleOf({ resources: ['*', 'a'] })] } },
  { failurePolicy: 'x' },
  { paramKind: {} },
  { paramKind: { apiVersion: 'a/b/c', kind: 'K_' } },
  { paramKind: { apiVersion: 'nothere.example.com/v1', kind: 'Thing' } },
  { paramKind: undefined, ...validation('params.x == 1') },
  validation(''),
  validation('true'),
  validation('"a"'),
  validation('object.'),
  validation('foo'),
  validation('object.spec.replicas'),
  validation('object.spec.replicas > "a"'),
  validation('1 > "a"'),
  validation('variables.none'),
  validation('oldObject == null || object.spec.x'),
  validation('authorizer.group("apps").resource("deployments").check("get").allowed()'),
  validation('authorizer.x'),
  validation('namespaceObject.metadata.labels["a"] == "b"'),
  validation('request.userInfo.username.startsWith("x")'),
  validation('request.none'),
  validation('object.metadata.name.matches("[")'),
  validation('quantity("1Gi").isGreaterThan(quantity("1Mi"))'),
  validation('isURL("x") && ip("1.2.3.4").family() == 4'),
  validation('true', { message: ' ' }),
  validation('true', { message: 'a\nb' }),
  validation('a\nb'),
  validation('true', { messageExpression: '5' }),
  validation('true', { messageExpression: 'foo' }),
  validation('true', { messageExpression: ' ' }),
  validation('true', { reason: 'Teapot' }),
  validation('true', { reason: 'RequestEntityTooLarge' }),
  validation('true', { message: 'x'.repeat(5000) }),
  { variables: [{ name: 'a b', expression: 'true' }] },
  {
    variables: [
      { name: 'few', expression: 'true' },
      { name: 'few', expression: 'true' },
    ],
  },
  {
    variables: [
      { name: 'few', expression: 'variables.later' },
      { name: 'later', expression: 'true' },
    ],
  },
  { variables: [{ name: '', expression: '' }] },
  { variables: [{ name: 'few', expression: '1 +' }] },
  { auditAnnotations: [{ key: 'count', valueExpression: '5' }] },
  {
    auditAnnotations: [
      { key: 'count', valueExpression: '"a"' },
      { key: 'count', valueExpression: '"a"' },
    ],
  },
  { auditAnnotations: [{ key: '', valueExpression: '' }] },
  { auditAnnotations: [{ key: 'a/b', valueExpression: 'null' }] },
  { auditAnnotations: [{ key: 'x'.repeat(64), valueExpression: '"a"' }] },
  { matchConditions: [{ name: 'one', expression: '5' }] },
  { matchConditions: [{ name: 'one', expression: 'variables.few' }] },
  { matchConditions: [{ name: 'one', expression: 'params.a == 1' }] },
  validation(
    'object.spec.template.spec.containers.all(c, object.spec.template.spec.containers.all(d, object.spec.template.spec.containers.all(e, c.name != d.name && d.name != e.name)))',
  ),
]
const binding = (name: string, more: Json = {}) => ({
  apiVersion,
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name },
  spec: {
    policyName: 'kept',
    paramRef: { name: 'a', namespace: 'golden', parameterNotFoundAction: 'Deny' },
    matchResources: { resourceRules: [ruleOf()], namespaceSelector: {}, objectSelector: {}, matchPolicy: 'Exact' },
    validationActions: ['Warn', 'Audit'],
    ...more,
  },
})
const oddBindings: readonly Json[] = [
  { policyName: '' },
  { policyName: 'A_' },
  { policyName: 'none' },
  { paramRef: undefined },
  { paramRef: {} },
  { paramRef: { name: 'a', selector: {}, parameterNotFoundAction: 'Allow' } },
  { paramRef: { selector: { matchLabels: { a: 'b c' } }, parameterNotFoundAction: 'Allow' } },
  { paramRef: { name: 'A_', namespace: 'B_', parameterNotFoundAction: 'x' } },
  { paramRef: { name: 'a' } },
  { validationActions: [] },
  { validationActions: ['Deny', 'Warn'] },
  { validationActions: ['Deny', 'Deny'] },
  { validationActions: ['x'] },
  { matchResources: { matchPolicy: 'x', resourceRules: [ruleOf({ apiGroups: [] })] } },
  { matchResources: undefined },
]
const mutatingPolicies = `${admission}/mutatingadmissionpolicies`
const mutatingBindings = `${admission}/mutatingadmissionpolicybindings`
const patchOf = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } })
const applyOf = (expression: string) => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } })
const mutation = (name: string, more: Json = {}) => ({
  apiVersion,
  kind: 'MutatingAdmissionPolicy',
  metadata: { name },
  spec: {
    matchConstraints: { resourceRules: [ruleOf()], matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} },
    failurePolicy: 'Fail',
    reinvocationPolicy: 'Never',
    variables: [{ name: 'label', expression: '"b"' }],
    matchConditions: [{ name: 'one', expression: 'true' }],
    mutations: [
      applyOf('Object{metadata: Object.metadata{labels: {"a": variables.label}}}'),
      patchOf('[JSONPatch{op: "add", path: "/data", value: {"a": "b"}}]'),
    ],
    ...more,
  },
})
const oddMutations: readonly Json[] = [
  { mutations: [] },
  { mutations: [{}] },
  { mutations: [{ patchType: 'x' }] },
  { mutations: [{ patchType: 'JSONPatch' }] },
  { mutations: [{ patchType: 'ApplyConfiguration', jsonPatch: { expression: '[]' } }] },
  { mutations: [{ ...patchOf('[JSONPatch{op: "test", path: "/kind", value: "ConfigMap"}]'), applyConfiguration: { expression: 'Object{}' } }] },
  { mutations: [patchOf('')] },
  { mutations: [patchOf('5')] },
  { mutations: [patchOf('[')] },
  { mutations: [patchOf('[JSONPatch{op: "add", path: "/a", value: 5}]')] },
  { mutations: [patchOf('[JSONPatch{op: 5}]')] },
  { mutations: [patchOf('[JSONPatch{frob: "x"}]')] },
  { mutations: [applyOf('')] },
  { mutations: [applyOf('5')] },
  { mutations: [applyOf('Object{spec: Object.spec{x: 5}}')] },
  { mutations: [applyOf('Object{metadata: 5}')] },
  { mutations: [applyOf('{"a": "b"}')] },
  { mutations: [applyOf('variables.none')] },
  { reinvocationPolicy: 'x' },
  { reinvocationPolicy: undefined },
  { failurePolicy: 'x' },
  { matchConstraints: undefined },
  { matchConstraints: { resourceRules: [ruleOf({ operations: ['*'] })] } },
  { matchConstraints: { resourceRules: [ruleOf({ operations: ['DELETE'] })] } },
  { matchConstraints: { resourceRules: [ruleOf({ operations: ['CONNECT', 'UPDATE'] })] } },
  { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, mutations: [applyOf('Object{metadata: Object.metadata{labels: {"a": params.data.x}}}')] },
  { variables: [{ name: 'a b', expression: '' }] },
  { matchConditions: [{ name: 'one', expression: 'object' }] },
]
const mutationBinding = (name: string, more: Json = {}) => ({
  apiVersion,
  kind: 'MutatingAdmissionPolicyBinding',
  metadata: { name },
  spec: {
    policyName: 'kept',
    paramRef: { name: 'a', namespace: 'golden', parameterNotFoundAction: 'Deny' },
    matchResources: { resourceRules: [ruleOf()] },
    ...more,
  },
})
const ofPolicies: Question[] = [
  ...createEach('ValidatingAdmissionPolicy', policies, policy('new')),
  ...oddPolicies.map((more, index) => create(`policy by hand ${index}`, policies, policy('new', more))),
  ...updateEach('ValidatingAdmissionPolicy', `${policies}/kept`, policy('kept'), { skip: ['metadata', 'spec.matchConstraints'], brief: true }),
  ...updateEach(
    'ValidatingAdmissionPolicy status',
    `${policies}/kept/status`,
    {
      ...policy('kept'),
      status: {
        observedGeneration: 1,
        typeChecking: { expressionWarnings: [{ fieldRef: 'spec.validations[0].expression', warning: 'w' }] },
        conditions: [{ type: 'A', status: 'True', lastTransitionTime: time, reason: 'R', message: 'm' }],
      },
    },
    { skip: ['metadata', 'spec'], brief: true },
  ),
  ...createEach('ValidatingAdmissionPolicyBinding', bindings, binding('new'), { skip: ['metadata', 'spec.matchResources'] }),
  ...oddBindings.map((more, index) => create(`policy binding by hand ${index}`, bindings, binding('new', more))),
  ...createEach('MutatingAdmissionPolicy', mutatingPolicies, mutation('new'), { skip: ['spec.matchConstraints'] }),
  ...oddMutations.map((more, index) => create(`mutating policy by hand ${index}`, mutatingPolicies, mutation('new', more))),
  ...updateEach('MutatingAdmissionPolicy', `${mutatingPolicies}/kept`, mutation('kept'), { skip: ['metadata', 'spec.matchConstraints'], brief: true }),
  ...createEach('MutatingAdmissionPolicyBinding', mutatingBindings, mutationBinding('new'), { skip: ['metadata', 'spec.matchResources'] }),
  ...oddBindings.slice(0, 9).map((more, index) => create(`mutating policy binding by hand ${index}`, mutatingBindings, mutationBinding('new', more))),
]

export const guards: Questionnaire = {
  setup: [
    ...inNamespace,
    ...['kept', 'approved', 'issued'].map((name) => asAnn(make(requests, request(name)))),
    ...['approved', 'issued'].map((name) => merge(`${name} approved`, `${requests}/${name}/approval`, { status: { conditions: [condition('Approved')] } })),
    merge('issued', `${requests}/issued/status`, { status: { certificate: issued } }),
    make('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'csr-writers' },
      rules: [{ apiGroups: ['certificates.k8s.io'], resources: ['*'], verbs: ['*'] }],
    }),
    make('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'csr-writers' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'csr-writers' },
      subjects: [{ kind: 'Group', name: 'csr-writers' }],
    }),
    make(`${flow}/flowschemas`, schema('kept')),
    make(`${flow}/prioritylevelconfigurations`, level('kept', limited())),
  ],
  questions: [...ofCertificates.map(asAnn), ...ofFlows],
}
export const admissionRegistration: Questionnaire = {
  setup: [
    ...inNamespace,
    make(validating, hooks('ValidatingWebhookConfiguration', 'kept', webhook({ rules: [ruleOf({ apiGroups: ['nothere.example.com'] })] }))),
    make(policies, policy('kept')),
    make(mutatingPolicies, mutation('kept', { matchConstraints: { resourceRules: [ruleOf({ apiGroups: ['nothere.example.com'] })] } })),
  ],
  questions: [...ofWebhooks, ...ofPolicies],
}
