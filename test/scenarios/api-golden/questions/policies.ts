/** ValidatingAdmissionPolicies and MutatingAdmissionPolicies at work: each is for what has its name as the label `case`. */
import type { Question, Questionnaire } from '../types.ts'

type Json = Record<string, any>
const dry = '?dryRun=All&fieldManager=golden'
const group = '/apis/admissionregistration.k8s.io/v1'
const core = { apiGroups: [''], apiVersions: ['v1'] }
const every = { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }
const onMaps = { ...core, operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] }
const make = (path: string, body: Json, more: Partial<Question> = {}): Question => ({
  key: `${body.kind} ${body.metadata.namespace ?? ''} ${body.metadata.name}`,
  method: 'POST',
  path,
  body,
  ...more,
})
const map = (name: string, labels: Json = {}, data: Json = {}, namespace = 'judged'): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, labels },
  data,
})
const maps = (namespace = 'judged') => `/api/v1/namespaces/${namespace}/configmaps`

interface Case {
  readonly name: string
  readonly spec: Json
  /** Of each binding what is not as usual. */
  readonly bindings?: readonly Json[]
  readonly kind?: 'Validating' | 'Mutating'
}

/** The policy and its bindings. A policy without match constraints of its own is for what has its name as the label `case`. */
function policyOf({ name, spec, bindings = [{}], kind = 'Validating' }: Case): Question[] {
  const plural = `${kind.toLowerCase()}admissionpolic`
  const constraints = { resourceRules: [onMaps], objectSelector: { matchLabels: { case: name } }, ...spec.matchConstraints }
  return [
    make(`${group}/${plural}ies`, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: `${kind}AdmissionPolicy`,
      metadata: { name },
      spec: { ...(kind === 'Mutating' ? { reinvocationPolicy: 'Never' } : {}), ...spec, matchConstraints: constraints },
    }),
    ...bindings.map((binding, index) =>
      make(`${group}/${plural}ybindings`, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: `${kind}AdmissionPolicyBinding`,
        metadata: { name: index === 0 ? name : `${name}-${index}` },
        spec: { policyName: name, ...(kind === 'Mutating' ? {} : { validationActions: ['Deny'] }), ...binding },
      }),
    ),
  ]
}

const create = (key: string, body: Json, path = maps(), headers?: Record<string, string>): Question => ({
  key,
  method: 'POST',
  path: `${path}${dry}`,
  body,
  ...(headers ? { headers } : {}),
})
/** Who asks, where it is part of the answer. */
const alice = { 'impersonate-user': 'alice', 'impersonate-group': 'system:masters', 'impersonate-uid': '7', 'impersonate-extra-reason': 'why' }
const typed = (type: string) => ({ 'content-type': type })

/** What an expression says, and how it fails. */
const shownBy: readonly string[] = [
  'request.operation + " " + request.name + " " + request.namespace',
  'string(request.dryRun)',
  'request.kind.group + "|" + request.kind.version + "|" + request.kind.kind',
  'request.resource.group + "|" + request.resource.version + "|" + request.resource.resource',
  'request.requestKind.kind + request.requestResource.resource',
  'string(has(request.subResource)) + string(has(request.requestSubResource))',
  'request.subResource',
  'request.userInfo.username + " " + request.userInfo.groups.join(",")',
  'string(has(request.userInfo.uid)) + string(has(request.userInfo.extra))',
  'string(has(request.uid))',
  'request.uid',
  'string(has(request.options))',
  'request.options.fieldManager + string(request.options.dryRun)',
  'request.options.kind + request.options.apiVersion',
  'string(has(request.object))',
  'string(object == null) + string(oldObject == null)',
  'string(has(object.metadata.creationTimestamp)) + string(has(object.metadata.uid)) + string(has(object.metadata.managedFields))',
  'string(has(object.metadata.generation)) + string(has(object.metadata.resourceVersion)) + string(has(object.metadata.annotations))',
  'object.apiVersion + object.kind + object.metadata.name + object.metadata.namespace',
  'object.metadata.labels.map(k, k + "=" + object.metadata.labels[k]).join(",")',
  'namespaceObject.metadata.name + " " + namespaceObject.metadata.labels.tier',
  'string(has(namespaceObject.spec)) + string(has(namespaceObject.status)) + string(namespaceObject.status.phase)',
  'string(namespaceObject.spec.finalizers)',
  'string(has(namespaceObject.metadata.uid)) + string(has(namespaceObject.metadata.managedFields)) + string(has(namespaceObject.metadata.generation))',
  'string(namespaceObject.metadata.annotations)',
  'string(type(object)) + string(type(object.data)) + string(type(object.metadata.labels.case))',
  'string(object.data.a.size()) + object.data.a.upperAscii()',
  'quantity("1.5Gi").add(quantity("1")).isGreaterThan(quantity("1Gi")) ? "more" : "less"',
  'object.data.a.find("[0-9]+") + object.data.a.findAll("[a-z]").join("")',
  'url("https://h.example:8/p?q=1#f").getHost() + url("https://h.example:8/p").getPort()',
  'string(isIP("1.2.3.4")) + string(ip("1.2.3.4").family()) + string(cidr("10.0.0.0/8").containsIP("10.1.1.1"))',
  '"%s %d %.2f %x %b %e".format(["a", 3, 2.5, 255, 5, 12345.678])',
  'string([3, 1, 2].sort()) + string(sets.contains([1, 2], [1]))',
  '[1, 2, 3].sum() == 6 ? "six" : "not"',
  'object.?data[?"none"].orValue("nothing")',
  'string(semver("1.2.3").major()) + string(isSemver("1.x"))',
  'format.dns1123Label().validate("Not_Valid").orValue(["good"]).join("; ")',
  'string(timestamp("2020-01-02T03:04:05Z").getFullYear()) + string(duration("90s"))',
  'string(b"abc") + string(1.0) + string(1e30) + string(7u) + string(true)',
  '[[1, "a"], {"b": 2.5}].map(x, string(type(x))).join(",")',
  'cel.bind(x, "bound", x + x)',
  '"a,b".split(",").join("-") + "x".replace("x", "y") + " t ".trim() + "abc".substring(1) + "abcabc".lastIndexOf("b").format()',
  '"abc".reverse() + strings.quote("q\\"")',
  'string(math.greatest(1, 2)) + string(math.abs(-1))',
  '{"a": 1, "b": 2}.transformList(k, v, k + string(v)).sort().join(",")',
  'base64.encode(b"x")',
  'variables.none',
  'params.data.a',
  'string(params)',
  'authorizer.group("").resource("configmaps").namespace("judged").check("get").allowed() ? "may" : "may not"',
]

/** Run-time errors, and the messages for them; none of these finds what is to be there. */
const failing: readonly string[] = [
  'object.data.none == "x"',
  'object.spec.replicas > 1',
  'object.data["none"] == "x"',
  'object.metadata.labels["none"] == "x"',
  'object.data.a > 5',
  'object.data.a + 1 == 2',
  'int(object.data.a) == 1',
  'double(object.data.a) == 1.0',
  'uint(object.data.a) == 1u',
  'bool(object.data.a)',
  'bytes(object.data.a) == 5',
  'duration(object.data.a) == duration("1s")',
  '[1, 2][int(object.data.n)] == 1',
  '[1, 2][-1] == 1',
  '1 / (int(object.data.n) - 7) == 1',
  '1 % (int(object.data.n) - 7) == 1',
  '9223372036854775807 + int(object.data.n) == 1',
  '-9223372036854775807 - int(object.data.n) == 1',
  '9223372036854775807 * int(object.data.n) == 1',
  '1u - uint(object.data.n) == 1u',
  'quantity(object.data.a).isGreaterThan(quantity("1"))',
  'ip(object.data.a).family() == 4',
  'cidr(object.data.a).prefixLength() == 4',
  'url(object.data.a).getHost() == "x"',
  'semver(object.data.a).major() == 4',
  'object.data.a.matches(object.data.re)',
  'object.data.a.find(object.data.re) == "x"',
  'object.data.a.charAt(100) == "x"',
  'object.data.a.substring(100) == "x"',
  'object.data.a.substring(3, 1) == "x"',
  'object.data.none.size() == 1',
  'object.size() == 1',
  'object.data.a.none == "x"',
  'object.data.a.exists(x, x == "a")',
  'object.data.exists(k, object.data[k].none)',
  'object.data.all(k, object.data[k])',
  'object.data.map(k, object.none)[0] == "a"',
  '!object.data.a',
  '-object.data.a == 1',
  'object.data.a && true',
  'object.data.a ? true : false',
  'object.data.a in object.data.b',
  'optional.none().value() == 1',
  'object.?data.none.value() == "x"',
  '"%d".format([object.data.a]) == "x"',
  '"%s %s".format([object.data.a]) == "x"',
  '"%q".format([object.data.a]) == "x"',
  'oldObject.data.a == "x"',
  'params.data.a == "x"',
  'namespaceObject.metadata.labels.none == "x"',
  'namespaceObject.spec.none == "x"',
  'request.options.none == "x"',
  'request.userInfo.extra["none"].exists(x, x == "a")',
  'variables.none == 1',
  'object.data.a.lowerAscii().split("").map(x, int(x)).sum() == 3',
  '[object.data.a, 1].sort() == []',
  'sets.contains(object.data.a, [1])',
  'object.metadata.creationTimestamp == "x"',
  'object.metadata.creationTimestamp.getFullYear() == 1',
  'object.data == object.metadata && object.none',
  'dyn([])[0]',
  'authorizer.group("").resource("configmaps").namespace("judged").check("get").errored()',
  'authorizer.path("").check("get").allowed() && false',
  'object',
  'object.data',
  '"string"',
  'type(object.data.a) == int',
  'object.data.list.split(",").all(a, object.data.list.split(",").all(b, object.data.list.split(",").all(c, a + b + c != "zzz")))',
]

const small: Case[] = [
  { name: 'plain', spec: { validations: [{ expression: 'object.data.a == "b"' }] } },
  { name: 'message', spec: { validations: [{ expression: 'object.data.a == "b"', message: '  a must be b  ' }] } },
  ...['Unauthorized', 'Forbidden', 'Invalid', 'RequestEntityTooLarge'].map((reason) => ({
    name: `reason-${reason.toLowerCase()}`,
    spec: { validations: [{ expression: 'false', message: 'no', reason }] },
  })),
  ...[
    ['empty', '""'],
    ['blank', '"   "'],
    ['trimmed', '"  words "'],
    ['lines', '"one\\ntwo"'],
    ['long', '"x".replace("x", "123456789012345678901234567890123456789012345678901234567890").replace("1", object.data.much)'],
    ['failing', 'object.data.none'],
    [
      'spent',
      'object.data.list.split(",").map(a, object.data.list.split(",").map(b, object.data.list.split(",").map(c, a + b + c).size())).size() > 1 ? "a" : "b"',
    ],
  ].flatMap(([name, messageExpression]) =>
    [undefined, 'instead'].map((message) => ({
      name: `says-${name}${message ? '-or' : ''}`,
      spec: { validations: [{ expression: ' false ', messageExpression, ...(message ? { message } : {}) }] },
    })),
  ),
  {
    name: 'several',
    spec: {
      validations: [{ expression: 'true' }, { expression: 'object.data.a == "1"', message: 'one' }, { expression: 'object.data.a == "2"', message: 'two' }],
    },
  },
  { name: 'warned', spec: { validations: [{ expression: 'false', message: 'beware' }] }, bindings: [{ validationActions: ['Warn'] }] },
  {
    name: 'warned-twice',
    spec: {
      validations: [
        { expression: 'false', message: 'beware' },
        { expression: 'false', messageExpression: '"again \\"quoted\\" é"' },
      ],
    },
    bindings: [{ validationActions: ['Warn', 'Audit'] }],
  },
  { name: 'audited', spec: { validations: [{ expression: 'false', message: 'beware' }] }, bindings: [{ validationActions: ['Audit'] }] },
  { name: 'warned-of-error', spec: { validations: [{ expression: 'object.data.none == "x"' }] }, bindings: [{ validationActions: ['Warn'] }] },
  {
    name: 'ignored-error',
    spec: { failurePolicy: 'Ignore', validations: [{ expression: 'object.data.none == "x"' }, { expression: 'false', message: 'after the error' }] },
  },
  { name: 'ignored-errors-alone', spec: { failurePolicy: 'Ignore', validations: [{ expression: 'object.data.none == "x"' }] } },
  { name: 'unbound', spec: { validations: [{ expression: 'false' }] }, bindings: [] },
  {
    name: 'costly',
    spec: {
      validations: [
        { expression: 'object.data.list.split(",").all(a, object.data.list.split(",").all(b, object.data.list.split(",").all(c, a + b + c != "zzz")))' },
        { expression: 'false', message: 'after the spending' },
      ],
    },
  },
  {
    name: 'costly-ignored',
    spec: {
      failurePolicy: 'Ignore',
      validations: [
        { expression: 'object.data.list.split(",").all(a, object.data.list.split(",").all(b, object.data.list.split(",").all(c, a + b + c != "zzz")))' },
        { expression: 'false', message: 'after the spending' },
      ],
    },
  },
  {
    name: 'variables',
    spec: {
      variables: [
        { name: 'a', expression: 'object.data.a' },
        { name: 'twice', expression: 'variables.a + variables.a' },
        { name: 'unused', expression: 'object.data.none' },
        { name: 'number', expression: 'int(object.data.n)' },
        { name: 'list', expression: 'object.data.map(k, k).map(k, string(k)).sort()' },
      ],
      validations: [{ expression: 'variables.number != 7', messageExpression: 'variables.twice + string(variables.number) + variables.list.join(",")' }],
    },
  },
  { name: 'variable-failing', spec: { variables: [{ name: 'bad', expression: 'object.data.none' }], validations: [{ expression: 'variables.bad == "x"' }] } },
  {
    name: 'variable-in-message',
    spec: {
      variables: [{ name: 'bad', expression: 'object.data.none' }],
      validations: [{ expression: 'false', message: 'else', messageExpression: 'variables.bad' }],
    },
  },
  {
    name: 'variable-costly',
    spec: {
      variables: [
        { name: 'much', expression: 'object.data.list.split(",").map(a, object.data.list.split(",").map(b, object.data.list.split(",").map(c, a + b + c)))' },
      ],
      validations: [{ expression: 'variables.much.size() > 1000' }],
    },
  },
  {
    name: 'conditions',
    spec: {
      matchConditions: [
        { name: 'a', expression: 'object.data.a == "b"' },
        { name: 'n', expression: 'int(object.data.n) == 7' },
      ],
      validations: [{ expression: 'false', message: 'conditions hold' }],
    },
  },
  {
    name: 'condition-failing',
    spec: { matchConditions: [{ name: 'bad', expression: 'object.data.none == "b"' }], validations: [{ expression: 'false', message: 'conditions hold' }] },
  },
  {
    name: 'conditions-failing',
    spec: {
      matchConditions: [
        { name: 'bad', expression: 'object.data.none == "b"' },
        { name: 'worse', expression: 'object.none == "b"' },
      ],
      validations: [{ expression: 'false' }],
    },
  },
  {
    name: 'condition-failing-other-false',
    spec: {
      matchConditions: [
        { name: 'bad', expression: 'object.data.none == "b"' },
        { name: 'no', expression: 'false' },
      ],
      validations: [{ expression: 'false' }],
    },
  },
  {
    name: 'condition-failing-ignored',
    spec: { failurePolicy: 'Ignore', matchConditions: [{ name: 'bad', expression: 'object.data.none == "b"' }], validations: [{ expression: 'false' }] },
  },
  {
    name: 'condition-authorizer',
    spec: {
      matchConditions: [{ name: 'may', expression: 'authorizer.requestResource.check("create").allowed()' }],
      validations: [{ expression: 'false', message: 'they may' }],
    },
  },
  {
    name: 'annotated',
    spec: {
      validations: [{ expression: 'true' }],
      auditAnnotations: [
        { key: 'a', valueExpression: '"a is " + object.data.a' },
        { key: 'none', valueExpression: 'null' },
      ],
    },
  },
  { name: 'annotated-failing', spec: { auditAnnotations: [{ key: 'a', valueExpression: '"a is " + object.data.none' }] } },
  { name: 'annotated-failing-ignored', spec: { failurePolicy: 'Ignore', auditAnnotations: [{ key: 'a', valueExpression: '"a is " + object.data.none' }] } },
  { name: 'annotated-number', spec: { auditAnnotations: [{ key: 'a', valueExpression: 'dyn(object.data)["n"] == "7" ? dyn(7) : dyn("x")' }] } },
  { name: 'annotated-warned', spec: { auditAnnotations: [{ key: 'a', valueExpression: 'object.data.none' }] }, bindings: [{ validationActions: ['Audit'] }] },
  {
    name: 'excluding',
    spec: { matchConstraints: { excludeResourceRules: [{ ...onMaps, resourceNames: ['spared'] }] }, validations: [{ expression: 'false' }] },
  },
  { name: 'naming', spec: { matchConstraints: { resourceRules: [{ ...onMaps, resourceNames: ['chosen'] }] }, validations: [{ expression: 'false' }] } },
  {
    name: 'cluster-scope',
    spec: {
      matchConstraints: { resourceRules: [{ ...every, scope: 'Cluster' }] },
      validations: [{ expression: 'false', messageExpression: 'request.kind.kind + string(namespaceObject == null) + string(has(request.namespace))' }],
    },
  },
  {
    name: 'namespaced-scope',
    spec: {
      matchConstraints: { resourceRules: [{ ...every, scope: 'Namespaced' }] },
      validations: [{ expression: 'false', messageExpression: 'request.kind.kind' }],
    },
  },
  { name: 'of-tier', spec: { matchConstraints: { namespaceSelector: { matchLabels: { tier: 'front' } } }, validations: [{ expression: 'false' }] } },
  {
    name: 'of-no-tier',
    spec: {
      matchConstraints: { namespaceSelector: { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, resourceRules: [every] },
      validations: [{ expression: 'false' }],
    },
  },
  {
    name: 'bound-narrowly',
    spec: { validations: [{ expression: 'false' }] },
    bindings: [{ matchResources: { resourceRules: [{ ...onMaps, resourceNames: ['chosen'] }] } }],
  },
  {
    name: 'bound-by-object',
    spec: { validations: [{ expression: 'false' }] },
    bindings: [{ matchResources: { objectSelector: { matchLabels: { too: 'yes' } } } }],
  },
  {
    name: 'bound-by-namespace',
    spec: { validations: [{ expression: 'false' }] },
    bindings: [{ matchResources: { namespaceSelector: { matchLabels: { tier: 'back' } } } }],
  },
  {
    name: 'bound-excluding',
    spec: { validations: [{ expression: 'false' }] },
    bindings: [{ matchResources: { excludeResourceRules: [{ ...onMaps, operations: ['UPDATE'] }] } }],
  },
  {
    name: 'updating',
    spec: {
      validations: [{ expression: 'oldObject == null', messageExpression: '"was " + oldObject.data.a + " is " + object.data.a + string(request.options)' }],
    },
  },
  {
    name: 'all',
    spec: {
      matchConstraints: { resourceRules: [every] },
      validations: [
        {
          expression: 'false',
          messageExpression:
            '[request.operation, request.resource.resource, has(request.subResource) ? request.subResource : "-", request.kind.kind, has(request.name) ? request.name : "-", has(request.namespace) ? request.namespace : "-", object == null ? "null" : string(object.kind), oldObject == null ? "null" : string(oldObject.kind), has(request.options) ? string(request.options.kind) : "-"].join(" ")',
        },
      ],
    },
  },
  {
    name: 'exact',
    spec: {
      matchConstraints: {
        matchPolicy: 'Exact',
        resourceRules: [{ operations: ['*'], apiGroups: ['autoscaling'], apiVersions: ['v2'], resources: ['horizontalpodautoscalers'] }],
      },
      validations: [{ expression: 'false' }],
    },
  },
  {
    name: 'equivalent',
    spec: {
      matchConstraints: {
        matchPolicy: 'Equivalent',
        resourceRules: [{ operations: ['*'], apiGroups: ['autoscaling'], apiVersions: ['v2'], resources: ['horizontalpodautoscalers'] }],
      },
      validations: [
        {
          expression: 'false',
          messageExpression:
            '[string(object.apiVersion), request.kind.version, request.requestKind.version, request.resource.version, request.requestResource.version, string(object.spec.metrics.size())].join(" ")',
        },
      ],
    },
  },
  {
    name: 'things',
    spec: {
      matchConstraints: {
        resourceRules: [{ operations: ['*'], apiGroups: ['judged.example.com'], apiVersions: ['v1'], resources: ['things', 'things/status', 'things/scale'] }],
      },
      validations: [
        {
          expression: 'false',
          messageExpression:
            '[string(object.apiVersion), string(object.spec.size), string(has(object.spec.none)), request.requestKind.version, type(object.spec.ratio) == double ? "double" : type(object.spec.ratio) == int ? "int" : "else"].join(" ")',
        },
      ],
    },
  },
]

const paramsOf = (name: string, more: Json = {}) => ({ paramRef: { name, parameterNotFoundAction: 'Deny', ...more } })
const parameterised = (name: string, paramKind: Json, bindings: readonly Json[], more: Json = {}): Case => ({
  name,
  bindings,
  spec: {
    paramKind,
    validations: [
      {
        expression: 'params == null || params.data.limit > object.data.n',
        messageExpression: '"limit " + params.data.limit + " of " + params.metadata.name + " " + params.kind + params.apiVersion',
      },
    ],
    ...more,
  },
})
const mapKind = { apiVersion: 'v1', kind: 'ConfigMap' }
const parameters: Case[] = [
  parameterised('by-name', mapKind, [paramsOf('limits')]),
  parameterised('by-name-elsewhere', mapKind, [paramsOf('limits', { namespace: 'other' })]),
  parameterised('by-name-missing', mapKind, [paramsOf('nothing')]),
  parameterised('by-name-missing-allowed', mapKind, [paramsOf('nothing', { parameterNotFoundAction: 'Allow' })]),
  parameterised('by-name-missing-ignored', mapKind, [paramsOf('nothing')], { failurePolicy: 'Ignore' }),
  parameterised('by-name-missing-warned', mapKind, [{ ...paramsOf('nothing'), validationActions: ['Warn'] }]),
  parameterised('by-selector', mapKind, [{ paramRef: { selector: { matchLabels: { limits: 'yes' } }, parameterNotFoundAction: 'Deny' } }]),
  parameterised('by-selector-none', mapKind, [{ paramRef: { selector: { matchLabels: { limits: 'never' } }, parameterNotFoundAction: 'Deny' } }]),
  parameterised('by-selector-none-allowed', mapKind, [{ paramRef: { selector: { matchLabels: { limits: 'never' } }, parameterNotFoundAction: 'Allow' } }]),
  parameterised('by-nothing', mapKind, [{}], { validations: [{ expression: 'params != null', messageExpression: 'string(params == null)' }] }),
  parameterised('of-unknown-kind', { apiVersion: 'none.example.com/v1', kind: 'Limit' }, [paramsOf('limits')]),
  parameterised('of-unknown-kind-ignored', { apiVersion: 'none.example.com/v1', kind: 'Limit' }, [paramsOf('limits')], { failurePolicy: 'Ignore' }),
  parameterised('of-unknown-version', { apiVersion: 'v7', kind: 'ConfigMap' }, [paramsOf('limits')]),
  parameterised('of-namespaces', { apiVersion: 'v1', kind: 'Namespace' }, [paramsOf('judged')], {
    validations: [{ expression: 'false', messageExpression: 'params.metadata.labels.tier + params.kind' }],
  }),
  parameterised('of-namespaces-in-one', { apiVersion: 'v1', kind: 'Namespace' }, [paramsOf('judged', { namespace: 'other' })]),
  parameterised('of-things', { apiVersion: 'judged.example.com/v1', kind: 'Thing' }, [paramsOf('limits')], {
    validations: [{ expression: 'params.spec.size > 5', messageExpression: 'string(params.spec.size) + params.kind + params.apiVersion' }],
  }),
  parameterised('of-things-old', { apiVersion: 'judged.example.com/v1beta1', kind: 'Thing' }, [paramsOf('limits')], {
    validations: [{ expression: 'params.spec.size > 5', messageExpression: 'string(params.spec.size) + params.kind + params.apiVersion' }],
  }),
  parameterised('no-kind', mapKind, [paramsOf('limits')], {
    paramKind: undefined,
    validations: [{ expression: 'object.data.n != "7"', messageExpression: '"unasked"' }],
  }),
  parameterised('two-bindings', mapKind, [
    { ...paramsOf('limits'), validationActions: ['Warn'] },
    { ...paramsOf('limits', { namespace: 'other' }), matchResources: { objectSelector: { matchLabels: { too: 'yes' } } } },
  ]),
  parameterised('cluster-object', mapKind, [paramsOf('limits')], { matchConstraints: { resourceRules: [every] } }),
  parameterised('params-in-conditions', mapKind, [paramsOf('limits')], { matchConditions: [{ name: 'p', expression: 'params.data.limit == "5"' }] }),
  parameterised('params-in-annotations', mapKind, [paramsOf('limits')], {
    validations: undefined,
    auditAnnotations: [{ key: 'limit', valueExpression: 'params.data.none' }],
  }),
]

const mutating = (name: string, spec: Json, bindings: readonly Json[] = [{}]): Case => ({
  name,
  kind: 'Mutating',
  bindings,
  spec: { failurePolicy: 'Fail', ...spec },
})
const applying = (expression: string) => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } })
const patching = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } })
const mutations: readonly (readonly [string, Json[]])[] = [
  ['apply-data', [applying('Object{data: {"added": "by policy", "a": "changed"}}')]],
  ['apply-labels', [applying('Object{metadata: Object.metadata{labels: {"added": object.data.a}, annotations: {"n": "1"}}}')]],
  ['apply-nothing', [applying('Object{}')]],
  ['apply-null', [applying('Object{data: null}')]],
  ['apply-name', [applying('Object{metadata: Object.metadata{name: "other"}}')]],
  ['apply-namespace', [applying('Object{metadata: Object.metadata{namespace: "other"}}')]],
  ['apply-kind', [applying('Object{kind: "Secret"}')]],
  ['apply-version', [applying('Object{apiVersion: "v2"}')]],
  ['apply-uid', [applying('Object{metadata: Object.metadata{uid: "7"}}')]],
  ['apply-generate-name', [applying('Object{metadata: Object.metadata{generateName: "g-"}}')]],
  ['apply-finalizers', [applying('Object{metadata: Object.metadata{finalizers: ["example.com/held"]}}')]],
  ['apply-immutable', [applying('Object{immutable: true}')]],
  ['apply-failing', [applying('Object{data: {"a": object.data.none}}')]],
  ['apply-of-wrong-type', [applying('Object{data: {"a": dyn(7)}}')]],
  ['apply-of-wrong-type-deep', [applying('Object{metadata: Object.metadata{labels: {"a": dyn(7)}}}')]],
  ['apply-unknown-field', [applying('Object{none: "x"}')]],
  ['apply-dynamic', [applying('dyn({"data": {"a": "z"}})')]],
  ['apply-twice', [applying('Object{data: {"first": "1"}}'), applying('Object{data: {"second": object.data.first + "2"}}')]],
  ['apply-fails-second', [applying('Object{data: {"first": "1"}}'), applying('Object{data: {"second": object.data.none}}')]],
  ['apply-condition', [applying('object.data.a == "b" ? Object{data: {"was": "b"}} : Object{}')]],
  ['patch-add', [patching('[JSONPatch{op: "add", path: "/data/added", value: "by policy"}]')]],
  [
    'patch-several',
    [
      patching(
        '[JSONPatch{op: "test", path: "/data/a", value: "b"}, JSONPatch{op: "replace", path: "/data/a", value: "c"}, JSONPatch{op: "remove", path: "/data/n"}, JSONPatch{op: "copy", from: "/data/a", path: "/data/copy"}, JSONPatch{op: "move", from: "/data/copy", path: "/data/moved"}]',
      ),
    ],
  ],
  ['patch-none', [patching('[]')]],
  ['patch-test-fails', [patching('[JSONPatch{op: "test", path: "/data/a", value: "zzz"}, JSONPatch{op: "replace", path: "/data/a", value: "c"}]')]],
  ['patch-missing', [patching('[JSONPatch{op: "replace", path: "/data/none", value: "c"}]')]],
  ['patch-remove-missing', [patching('[JSONPatch{op: "remove", path: "/data/none"}]')]],
  ['patch-add-deep', [patching('[JSONPatch{op: "add", path: "/none/deeper", value: "c"}]')]],
  ['patch-copy-missing', [patching('[JSONPatch{op: "copy", from: "/data/none", path: "/data/x"}]')]],
  ['patch-move-missing', [patching('[JSONPatch{op: "move", from: "/data/none", path: "/data/x"}]')]],
  ['patch-bad-op', [patching('[JSONPatch{op: "mend", path: "/data/none", value: "c"}]')]],
  ['patch-no-op', [patching('[JSONPatch{path: "/data/none", value: "c"}]')]],
  ['patch-bad-path', [patching('[JSONPatch{op: "add", path: "data/none", value: "c"}]')]],
  ['patch-no-path', [patching('[JSONPatch{op: "add", value: "c"}]')]],
  ['patch-of-wrong-type', [patching('[JSONPatch{op: "add", path: "/data/none", value: 7}]')]],
  ['patch-of-list', [patching('[JSONPatch{op: "add", path: "/data", value: [1]}]')]],
  ['patch-of-map', [patching('[JSONPatch{op: "add", path: "/metadata/annotations", value: {"x": "y"}}]')]],
  [
    'patch-of-object',
    [
      patching(
        '[JSONPatch{op: "add", path: "/metadata", value: Object.metadata{name: object.metadata.name, namespace: object.metadata.namespace, labels: {"new": "x"}}}]',
      ),
    ],
  ],
  ['patch-unknown-field', [patching('[JSONPatch{op: "add", path: "/none", value: "c"}]')]],
  ['patch-version', [patching('[JSONPatch{op: "replace", path: "/apiVersion", value: "v2"}]')]],
  ['patch-name', [patching('[JSONPatch{op: "replace", path: "/metadata/name", value: "other"}]')]],
  ['patch-failing', [patching('[JSONPatch{op: "add", path: "/data/added", value: object.data.none}]')]],
  [
    'patch-escaped',
    [
      patching(
        '[JSONPatch{op: "add", path: "/metadata/annotations", value: {}}, JSONPatch{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey("example.com/~x"), value: "y"}]',
      ),
    ],
  ],
  [
    'patch-number-list',
    [
      patching(
        '[JSONPatch{op: "add", path: "/metadata/finalizers", value: ["a.example/b"]}, JSONPatch{op: "add", path: "/metadata/finalizers/-", value: "c.example/d"}, JSONPatch{op: "add", path: "/metadata/finalizers/9", value: "e"}]',
      ),
    ],
  ],
  ['patch-conditional', [patching('object.data.a == "b" ? [JSONPatch{op: "add", path: "/data/was", value: "b"}] : []')]],
  ['patch-remove-all', [patching('[JSONPatch{op: "remove", path: ""}]')]],
  ['patch-replace-all', [patching('[JSONPatch{op: "replace", path: "", value: {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}}]')]],
  [
    'patch-costly',
    [patching('object.data.list.split(",").map(a, object.data.list.split(",").map(b, object.data.list.split(",").map(c, a + b + c))).size() > 1 ? [] : []')],
  ],
  ['both', [applying('Object{data: {"first": "1"}}'), patching('[JSONPatch{op: "add", path: "/data/second", value: object.data.first + "2"}]')]],
]
const mutators: Case[] = [
  ...mutations.map(([name, list]) => mutating(name, { mutations: list })),
  ...mutations
    .filter(([name]) => /failing|missing|fails|deep|costly/.test(name))
    .map(([name, list]) => mutating(`${name}-ignored`, { mutations: list, failurePolicy: 'Ignore' })),
  mutating('mutating-variables', {
    variables: [
      { name: 'a', expression: 'object.data.a' },
      { name: 'labels', expression: 'Object.metadata{labels: {"v": variables.a}}' },
    ],
    mutations: [applying('Object{metadata: variables.labels}')],
  }),
  mutating('mutating-variable-failing', {
    variables: [{ name: 'a', expression: 'object.data.none' }],
    mutations: [applying('Object{data: {"x": variables.a}}')],
  }),
  mutating('mutating-conditions', {
    matchConditions: [{ name: 'a', expression: 'object.data.a == "b"' }],
    mutations: [applying('Object{data: {"x": "held"}}')],
  }),
  mutating('mutating-condition-failing', {
    matchConditions: [{ name: 'a', expression: 'object.data.none == "b"' }],
    mutations: [applying('Object{data: {"x": "held"}}')],
  }),
  mutating('mutating-condition-failing-ignored', {
    failurePolicy: 'Ignore',
    matchConditions: [{ name: 'a', expression: 'object.data.none == "b"' }],
    mutations: [applying('Object{data: {"x": "held"}}')],
  }),
  mutating('mutating-params', { paramKind: mapKind, mutations: [applying('Object{data: {"limit": params.data.limit}}')] }, [paramsOf('limits')]),
  mutating('mutating-params-missing', { paramKind: mapKind, mutations: [applying('Object{data: {"limit": params.data.limit}}')] }, [paramsOf('nothing')]),
  mutating('mutating-params-missing-allowed', { paramKind: mapKind, mutations: [applying('Object{data: {"limit": params.data.limit}}')] }, [
    paramsOf('nothing', { parameterNotFoundAction: 'Allow' }),
  ]),
  mutating(
    'mutating-params-unknown',
    { paramKind: { apiVersion: 'none.example.com/v1', kind: 'Limit' }, mutations: [applying('Object{data: {"limit": "x"}}')] },
    [paramsOf('nothing')],
  ),
  mutating('mutating-namespace', {
    mutations: [applying('Object{data: {"tier": namespaceObject.metadata.labels.tier, "op": request.operation, "user": request.userInfo.username}}')],
  }),
  mutating('mutating-authorizer', { mutations: [applying('Object{data: {"may": string(authorizer.requestResource.check("create").allowed())}}')] }),
  mutating('mutating-unbound', { mutations: [applying('Object{data: {"x": "y"}}')] }, []),
  mutating(
    'mutating-twice-bound',
    {
      paramKind: mapKind,
      mutations: [applying('Object{data: {"count": has(object.data.count) ? object.data.count + "+" + params.data.limit : params.data.limit}}')],
    },
    [paramsOf('limits'), paramsOf('limits', { namespace: 'other' })].slice(0, 1),
  ),
  mutating('mutating-and-denied', { mutations: [applying('Object{metadata: Object.metadata{labels: {"case": "plain"}}, data: {"a": "not b"}}')] }),
  mutating('mutating-invalid', { mutations: [applying('Object{metadata: Object.metadata{labels: {"case": "Not_Valid! "}}}')] }),
  mutating('mutating-things', {
    matchConstraints: { resourceRules: [{ operations: ['*'], apiGroups: ['judged.example.com'], apiVersions: ['v1'], resources: ['things'] }] },
    mutations: [applying('Object{spec: Object.spec{size: 9, extra: "pruned?"}}')],
  }),
  mutating('mutating-things-known', {
    matchConstraints: { resourceRules: [{ operations: ['*'], apiGroups: ['judged.example.com'], apiVersions: ['v1'], resources: ['things'] }] },
    mutations: [applying('Object{spec: Object.spec{size: object.spec.size + 1, tags: ["x"]}}')],
  }),
  mutating('mutating-things-patch', {
    matchConstraints: { resourceRules: [{ operations: ['*'], apiGroups: ['judged.example.com'], apiVersions: ['v1'], resources: ['things'] }] },
    mutations: [patching('[JSONPatch{op: "add", path: "/spec/size", value: "large"}, JSONPatch{op: "add", path: "/spec/none", value: "large"}]')],
  }),
  mutating('mutating-equivalent', {
    matchConstraints: { resourceRules: [{ operations: ['*'], apiGroups: ['autoscaling'], apiVersions: ['v2'], resources: ['horizontalpodautoscalers'] }] },
    mutations: [applying('Object{spec: Object.spec{maxReplicas: 9}}')],
  }),
  mutating('mutating-deployments', {
    matchConstraints: {
      resourceRules: [{ operations: ['*'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments', 'deployments/scale', 'deployments/status'] }],
    },
    mutations: [
      applying(
        'Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "side", image: "side:1"}, Object.spec.template.spec.containers{name: "web", imagePullPolicy: "Never"}]}}}}',
      ),
    ],
  }),
  mutating('mutating-pods', {
    matchConstraints: { resourceRules: [{ ...core, operations: ['*'], resources: ['pods'] }] },
    mutations: [
      applying(
        'Object{spec: Object.spec{initContainers: [Object.spec.initContainers{name: "mesh", image: "mesh:1", restartPolicy: "Always"}], tolerations: [Object.spec.tolerations{key: "a", operator: "Exists"}]}}',
      ),
      patching(
        '[JSONPatch{op: "add", path: "/spec/containers/0/env", value: [{"name": "A", "value": "B"}]}, JSONPatch{op: "add", path: "/spec/volumes/-", value: Object.spec.volumes{name: "v", emptyDir: Object.spec.volumes.emptyDir{}}}]',
      ),
    ],
  }),
  mutating('mutating-atomic-list', {
    matchConstraints: { resourceRules: [{ ...core, operations: ['*'], resources: ['pods'] }] },
    mutations: [applying('Object{spec: Object.spec{containers: [Object.spec.containers{name: "web", args: ["x"], command: ["y"]}]}}')],
  }),
  mutating('mutating-atomic-map', {
    matchConstraints: { resourceRules: [{ operations: ['*'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }] },
    mutations: [applying('Object{spec: Object.spec{selector: Object.spec.selector{matchLabels: {"a": "b"}}}}')],
  }),
  mutating('mutating-side', {
    matchConstraints: { resourceRules: [{ ...core, operations: ['*'], resources: ['pods'] }] },
    mutations: [applying('Object{spec: Object.spec{containers: [Object.spec.containers{name: "side", image: "side:1"}]}}')],
  }),
  mutating('mutating-wrong-names', {
    matchConstraints: { resourceRules: [{ ...core, operations: ['*'], resources: ['pods'] }] },
    mutations: [
      applying(
        'Object{spec: Object.spec{containers: [Object.spec.containers.item{name: "side", image: "side:1"}], securityContext: Object.securityContext{}}}',
      ),
    ],
  }),
  mutating('mutating-wrong-names-in-patch', { mutations: [patching('[JSONPatch{op: "add", path: "/metadata", value: Object.spec{name: Object.wrong{}}}]')] }),
  mutating('mutating-again', {
    reinvocationPolicy: 'IfNeeded',
    mutations: [applying('Object{data: {"count": has(object.data.count) ? object.data.count + "+1" : "1"}}')],
  }),
  mutating('mutating-again-nothing', { reinvocationPolicy: 'IfNeeded', mutations: [applying('has(object.data.none) ? Object{data: {"a": "b"}} : Object{}')] }),
  mutating('mutating-all', {
    matchConstraints: { resourceRules: [every] },
    mutations: [applying('Object{metadata: Object.metadata{annotations: {"seen": request.operation + request.kind.kind}}}')],
  }),
]

const asked = (name: string, data: Json = {}, labels: Json = {}, object = 'new', namespace = 'judged') =>
  map(object, { case: name, ...labels }, { a: 'xyz', n: '7', re: '[', list: 'a,b,c', ...data }, namespace)
const long = Array.from({ length: 120 }, (_, index) => `i${index}`).join(',')

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.judged.example.com' },
  spec: {
    group: 'judged.example.com',
    scope: 'Namespaced',
    names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
    versions: ['v1', 'v1beta1'].map((name) => ({
      name,
      served: true,
      storage: name === 'v1',
      subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } },
      schema: {
        openAPIV3Schema: {
          type: 'object',
          properties: {
            spec: {
              type: 'object',
              properties: {
                size: { type: 'integer' },
                ratio: { type: 'number' },
                tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
                defaulted: { type: 'string', default: 'yes' },
              },
            },
            status: { type: 'object', properties: { size: { type: 'integer' } } },
          },
        },
      },
    })),
  },
}
const thing = (name: string, labels: Json, version = 'v1', spec: Json = { size: 3, ratio: 2 }) => ({
  apiVersion: `judged.example.com/${version}`,
  kind: 'Thing',
  metadata: { name, namespace: 'judged', labels },
  spec,
})
const scaler = (version: string, label: string) => ({
  apiVersion: `autoscaling/${version}`,
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'h', labels: { case: label } },
  spec: {
    maxReplicas: 3,
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
    ...(version === 'v1' ? { targetCPUUtilizationPercentage: 50 } : {}),
  },
})
const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } }
const deployment = (label: string, name = 'd') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { case: label } },
  spec: { selector: { matchLabels: { app: 'x' } }, template },
})
const pod = (label: string, name = 'p') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { case: label } },
  spec: { containers: [{ name: 'web', image: 'web:1' }] },
})
const all = { case: 'all' }
const room = (name: string, labels: Json): Question[] => [
  make('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }),
  make(`/api/v1/namespaces/${name}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: name },
    automountServiceAccountToken: false,
  }),
]

/** What nothing may keep from being judged, and what is never judged. */
const everywhere: readonly Question[] = [
  create('all: a namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', labels: all } }, '/api/v1/namespaces'),
  create(
    'all: an event',
    { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace: 'judged', labels: all }, involvedObject: { namespace: 'judged' } },
    '/api/v1/namespaces/judged/events',
  ),
  create(
    'all: a lease',
    { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'e', labels: all } },
    '/apis/coordination.k8s.io/v1/namespaces/judged/leases',
  ),
  create('all: a definition', { ...definition, metadata: { ...definition.metadata, labels: all } }, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'),
  create(
    'all: an API service',
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1.x.example.com', labels: all },
      spec: { group: 'x.example.com', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1 },
    },
    '/apis/apiregistration.k8s.io/v1/apiservices',
  ),
  create(
    'all: a review of access',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      metadata: { labels: all },
      spec: { nonResourceAttributes: { path: '/x', verb: 'get' } },
    },
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  ),
  create(
    'all: a review of another',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: { labels: all },
      spec: { user: 'u', nonResourceAttributes: { path: '/x', verb: 'get' } },
    },
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
  ),
  create(
    'all: a local review',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'LocalSubjectAccessReview',
      metadata: { namespace: 'judged', labels: all },
      spec: { user: 'u', resourceAttributes: { namespace: 'judged', verb: 'get', resource: 'pods' } },
    },
    '/apis/authorization.k8s.io/v1/namespaces/judged/localsubjectaccessreviews',
  ),
  create(
    'all: a review of rules',
    { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', metadata: { labels: all }, spec: { namespace: 'judged' } },
    '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
  ),
  create(
    'all: a review of a token',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: { labels: all }, spec: { token: 'x' } },
    '/apis/authentication.k8s.io/v1/tokenreviews',
  ),
  create(
    'all: who am I',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: { labels: all } },
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    alice,
  ),
  create(
    'all: a policy',
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'x', labels: all },
      spec: { matchConstraints: { resourceRules: [onMaps] }, validations: [{ expression: 'true' }] },
    },
    `${group}/validatingadmissionpolicies`,
  ),
  create(
    'all: a binding',
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: 'x', labels: all },
      spec: { policyName: 'x', validationActions: ['Deny'] },
    },
    `${group}/validatingadmissionpolicybindings`,
  ),
  create(
    'all: a mutating policy',
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingAdmissionPolicy',
      metadata: { name: 'x', labels: all },
      spec: { reinvocationPolicy: 'Never', matchConstraints: { resourceRules: [onMaps] }, mutations: [applying('Object{}')] },
    },
    `${group}/mutatingadmissionpolicies`,
  ),
  create(
    'all: a mutating binding',
    { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingAdmissionPolicyBinding', metadata: { name: 'x', labels: all }, spec: { policyName: 'x' } },
    `${group}/mutatingadmissionpolicybindings`,
  ),
  create(
    'all: webhooks',
    { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'x', labels: all } },
    `${group}/validatingwebhookconfigurations`,
  ),
  create(
    'all: mutating webhooks',
    { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', metadata: { name: 'x', labels: all } },
    `${group}/mutatingwebhookconfigurations`,
  ),
  create(
    'all: a role',
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'x', labels: all } },
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ),
  create(
    'all: a token',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: { labels: all }, spec: { audiences: ['x'] } },
    '/api/v1/namespaces/judged/serviceaccounts/default/token',
  ),
  create('all: a generated name', { ...map('', all), metadata: { generateName: 'g-', labels: all } }),
  create(
    'all: an eviction',
    { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'held', namespace: 'judged', labels: all } },
    '/api/v1/namespaces/judged/pods/held/eviction',
  ),
  create(
    'all: a pod binding',
    { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'held', namespace: 'judged', labels: all }, target: { kind: 'Node', name: 'x' } },
    '/api/v1/namespaces/judged/pods/held/binding',
  ),
  create('all: a pod', pod('all'), '/api/v1/namespaces/judged/pods'),
  { key: 'all: exec', method: 'GET', path: '/api/v1/namespaces/judged/pods/held/exec?command=a&stdout=true' },
  { key: 'all: port-forward', method: 'GET', path: '/api/v1/namespaces/judged/pods/held/portforward' },
  { key: 'all: a proxy', method: 'GET', path: '/api/v1/namespaces/judged/pods/held/proxy/' },
  { key: 'all: log', method: 'GET', path: '/api/v1/namespaces/judged/pods/held/log' },
  { key: 'all: get', method: 'GET', path: '/api/v1/namespaces/judged/pods/none' },
  { key: 'all: delete', method: 'DELETE', path: `${maps()}/held${dry}` },
  { key: 'all: delete with options', method: 'DELETE', path: `${maps()}/held`, body: { propagationPolicy: 'Foreground', dryRun: ['All'] } },
  { key: 'all: delete what is not there', method: 'DELETE', path: `${maps()}/none${dry}` },
  { key: 'all: delete collection', method: 'DELETE', path: `${maps()}${dry}&labelSelector=case%3Dall` },
  { key: 'all: update', method: 'PUT', path: `${maps()}/held${dry}`, body: map('held', all, { a: 'c' }) },
  { key: 'all: update takes the label off', method: 'PUT', path: `${maps()}/held${dry}`, body: map('held', {}, { a: 'c' }) },
  { key: 'all: update puts the label on', method: 'PUT', path: `${maps()}/limits${dry}`, body: map('limits', all, { a: 'c' }) },
  {
    key: 'all: update that makes',
    method: 'PATCH',
    path: `${maps()}/made${dry}`,
    body: map('made', all),
    headers: typed('application/apply-patch+yaml'),
  },
  { key: 'all: patch', method: 'PATCH', path: `${maps()}/held${dry}`, body: { data: { z: 'z' } }, headers: typed('application/merge-patch+json') },
  { key: 'all: patch without a change', method: 'PATCH', path: `${maps()}/held${dry}`, body: {}, headers: typed('application/merge-patch+json') },
  {
    key: 'all: pod status',
    method: 'PATCH',
    path: `/api/v1/namespaces/judged/pods/held/status${dry}`,
    body: { status: { phase: 'Running' } },
    headers: typed('application/merge-patch+json'),
  },
  {
    key: 'all: ephemeral containers',
    method: 'PATCH',
    path: `/api/v1/namespaces/judged/pods/held/ephemeralcontainers${dry}`,
    body: { spec: { ephemeralContainers: [{ name: 'e', image: 'e' }] } },
    headers: typed('application/strategic-merge-patch+json'),
  },
  {
    key: 'all: resize',
    method: 'PATCH',
    path: `/api/v1/namespaces/judged/pods/held/resize${dry}`,
    body: { spec: { containers: [{ name: 'web', resources: { requests: { cpu: '1' } } }] } },
    headers: typed('application/strategic-merge-patch+json'),
  },
  {
    key: 'all: scale',
    method: 'PATCH',
    path: `/apis/apps/v1/namespaces/judged/deployments/held/scale${dry}`,
    body: { spec: { replicas: 3 } },
    headers: typed('application/merge-patch+json'),
  },
  {
    key: 'all: scale with labels',
    method: 'PUT',
    path: `/apis/apps/v1/namespaces/judged/deployments/held/scale${dry}`,
    body: { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'held', namespace: 'judged', labels: all }, spec: { replicas: 3 } },
  },
  {
    key: 'all: deployment status',
    method: 'PATCH',
    path: `/apis/apps/v1/namespaces/judged/deployments/held/status${dry}`,
    body: { status: { replicas: 3 } },
    headers: typed('application/merge-patch+json'),
  },
  {
    key: 'all: finalize',
    method: 'PUT',
    path: '/api/v1/namespaces/judged/finalize',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'judged', labels: all }, spec: { finalizers: ['kubernetes'] } },
  },
]

export const policies: Questionnaire = {
  setup: [
    ...room('judged', { tier: 'front' }),
    ...room('other', { tier: 'back' }),
    make('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition),
    make('/apis/judged.example.com/v1/namespaces/judged/things', thing('limits', {}), { until: '201' }),
    make(maps(), map('limits', { limits: 'yes' }, { limit: '5' })),
    make(maps('other'), map('limits', { limits: 'yes' }, { limit: '6' }, 'other')),
    make('/api/v1/namespaces/other/limitranges', {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'limits', namespace: 'other' },
      spec: { limits: [{ type: 'Container', default: { cpu: '2' }, defaultRequest: { cpu: '1' } }] },
    }),
    make(maps(), map('held', all, { a: 'b' })),
    make(maps(), asked('updating', { a: 'b' }, {}, 'old')),
    make('/api/v1/namespaces/judged/pods', pod('all', 'held')),
    make('/apis/apps/v1/namespaces/judged/deployments', deployment('all', 'held')),
    make('/apis/apps/v1/namespaces/judged/deployments', deployment('mutating-deployments', 'mutated')),
  ],
  questions: [
    ...[...small, ...parameters, ...mutators].flatMap(policyOf),
    ...shownBy.flatMap((messageExpression, index) =>
      policyOf({ name: `shows-${index}`, spec: { validations: [{ expression: 'false', messageExpression, message: 'not shown' }] } }),
    ),
    ...failing.flatMap((expression, index) => policyOf({ name: `fails-${index}`, spec: { validations: [{ expression }] } })),
    // They are asked once the last of each kind acts.
    ...policyOf(mutating('last-mutating', { mutations: [applying('Object{data: {"seen": "by both"}}')] })),
    ...policyOf({
      name: 'last-mutating',
      spec: { validations: [{ expression: '!has(object.data.seen)', message: 'they act' }] },
      bindings: [{ validationActions: ['Warn'] }],
    }),
    {
      key: 'they act',
      method: 'POST',
      path: `${maps()}${dry}`,
      body: map('last', { case: 'last-mutating' }, { a: 'b' }),
      until: '201\nWarning: Validation failed',
    },
    ...small.map(({ name }) => create(name, asked(name))),
    // Those that look at what is in it.
    ...small
      .filter(({ spec }) => /object\.data\.[an]\b/.test(JSON.stringify(spec)))
      .map(({ name }) => create(`${name}: good`, asked(name, { a: 'b', n: '3' }))),
    ...['chosen', 'spared'].flatMap((object) =>
      ['excluding', 'naming', 'bound-narrowly'].map((name) => create(`${name}: ${object}`, asked(name, {}, {}, object))),
    ),
    ...['of-tier', 'of-no-tier', 'bound-by-namespace'].map((name) => create(`${name}: other`, asked(name, {}, {}, 'new', 'other'), maps('other'))),
    create('bound-by-object: too', asked('bound-by-object', {}, { too: 'yes' })),
    ...['of-tier', 'of-no-tier', 'cluster-scope', 'namespaced-scope'].map((name) =>
      create(`${name}: a namespace`, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', labels: { case: name } } }, '/api/v1/namespaces'),
    ),
    ...['of-no-tier', 'cluster-scope', 'namespaced-scope', 'cluster-object'].map((name) =>
      create(
        `${name}: a role`,
        { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'n', labels: { case: name } } },
        '/apis/rbac.authorization.k8s.io/v1/clusterroles',
      ),
    ),
    ...['says-long', 'says-long-or', 'says-spent', 'costly', 'variable-costly', 'patch-costly'].map((name) =>
      create(`${name}: much`, asked(name, { list: long, much: 'much'.repeat(2000) })),
    ),
    { key: 'updating: an old one', method: 'PUT', path: `${maps()}/old${dry}`, body: asked('updating', {}, {}, 'old') },
    { key: 'bound-excluding: an old one', method: 'PUT', path: `${maps()}/old${dry}`, body: asked('bound-excluding', {}, {}, 'old') },
    ...['exact', 'equivalent', 'mutating-equivalent'].flatMap((name) =>
      ['v1', 'v2'].map((version) =>
        create(`${name} ${version}`, scaler(version, name), `/apis/autoscaling/${version}/namespaces/judged/horizontalpodautoscalers`),
      ),
    ),
    ...['things', 'mutating-things', 'mutating-things-known', 'mutating-things-patch'].flatMap((name) =>
      ['v1', 'v1beta1'].map((version) =>
        create(`${name} ${version}`, thing('t', { case: name }, version), `/apis/judged.example.com/${version}/namespaces/judged/things`),
      ),
    ),
    ...parameters.flatMap(({ name }) => [create(name, asked(name)), create(`${name}: good`, asked(name, { n: '3' }))]),
    create('two-bindings: too', asked('two-bindings', { n: '57' }, { too: 'yes' })),
    create('by-name: in another', asked('by-name', {}, {}, 'new', 'other'), maps('other')),
    ...mutators.map(({ name }) => create(name, asked(name), maps(), alice)),
    ...mutators
      .filter(({ spec }) => JSON.stringify(spec).includes('object.data.a'))
      .map(({ name }) => create(`${name}: b`, asked(name, { a: 'b' }), maps(), alice)),
    create('mutating-deployments: a deployment', deployment('mutating-deployments'), '/apis/apps/v1/namespaces/judged/deployments'),
    {
      key: 'mutating-deployments: scale',
      method: 'PUT',
      path: `/apis/apps/v1/namespaces/judged/deployments/mutated/scale${dry}`,
      body: {
        apiVersion: 'autoscaling/v1',
        kind: 'Scale',
        metadata: { name: 'mutated', namespace: 'judged', labels: { case: 'mutating-deployments' } },
        spec: { replicas: 3 },
      },
    },
    {
      key: 'mutating-deployments: status',
      method: 'PATCH',
      path: `/apis/apps/v1/namespaces/judged/deployments/mutated/status${dry}`,
      body: { status: { replicas: 3 } },
      headers: typed('application/merge-patch+json'),
    },
    create('mutating-pods: a pod', pod('mutating-pods'), '/api/v1/namespaces/judged/pods'),
    create(
      'mutating-all: a namespace',
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', labels: { case: 'mutating-all' } } },
      '/api/v1/namespaces',
    ),
    create(
      'mutating-all: a review',
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        metadata: { labels: { case: 'mutating-all' } },
        spec: { nonResourceAttributes: { path: '/x', verb: 'get' } },
      },
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    ),
    ...shownBy.map((expression, index) => create(`shows ${expression}`, asked(`shows-${index}`, { a: 'a1b2' }), maps(), alice)),
    ...failing.map((expression, index) => create(`fails ${expression}`, asked(`fails-${index}`), maps(), alice)),
    ...everywhere,
  ],
}
