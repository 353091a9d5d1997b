import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Case, errorsUnderTest } from '#api/kind-under-test.ts'

const resources = { verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['*'] }
const group = { kind: 'Group', group: { name: 'g' } }
const schema = (more: object = {}) => ({ spec: { priorityLevelConfiguration: { name: 'l' }, ...more } })
const ruled = (more: object) => schema({ rules: [{ subjects: [group], resourceRules: [resources], ...more }] })
const limited = (more: object = {}, response: object = { type: 'Reject' }) => ({ spec: { type: 'Limited', limited: { limitResponse: response, ...more } } })
const queuing = (queues: number, handSize: number, queueLengthLimit = 50) => limited({}, { type: 'Queue', queuing: { queues, handSize, queueLengthLimit } })
const named = (name: string, object: object) => ({ ...object, metadata: { name } })
const rule = 'spec.rules[0]'

const tables: Record<string, [string, Case, string[]][]> = {
  'flowcontrol.apiserver.k8s.io/flowschemas': [
    ['one', { object: ruled({ nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['/', '/a/*'] }] }) }, []],
    ['no level', { object: { spec: {} } }, ['spec.priorityLevelConfiguration.name: Required value: must reference a priority level']],
    ['a place below all', { object: schema({ matchingPrecedence: -1 }) }, ['spec.matchingPrecedence: Invalid value: -1: must be a positive value']],
    [
      'a place beyond all',
      { object: schema({ matchingPrecedence: 10001 }) },
      ['spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000'],
    ],
    [
      'the first place',
      { object: schema({ matchingPrecedence: 1 }) },
      ["spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1"],
    ],
    [
      'a method',
      { object: schema({ distinguisherMethod: { type: 'ByDay' } }) },
      ['spec.distinguisherMethod.type: Unsupported value: {"Type":"ByDay"}: supported values: "ByNamespace", "ByUser"'],
    ],
    [
      'a rule of nothing',
      { object: schema({ rules: [{}] }) },
      [
        `${rule}.subjects: Required value: subjects must contain at least one value`,
        `${rule}: Required value: at least one of resourceRules and nonResourceRules has to be non-empty`,
      ],
    ],
    [
      'subjects that are none',
      {
        object: ruled({
          subjects: [
            { kind: 'Robot' },
            { kind: 'User', group: { name: 'g' } },
            { kind: 'ServiceAccount', serviceAccount: { name: 'A', namespace: '' } },
            { kind: 'User', user: { name: '' } },
          ],
        }),
      },
      [
        `${rule}.subjects[0].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"`,
        `${rule}.subjects[1].user: Required value: user is required when subject kind is 'User'`,
        `${rule}.subjects[1].group: Forbidden: group is forbidden when subject kind is not 'Group'`,
        `${rule}.subjects[2].serviceAccount.name: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
        `${rule}.subjects[2].serviceAccount.namespace: Required value: must specify namespace for service account`,
        `${rule}.subjects[3].user.name: Required value`,
      ],
    ],
    [
      'everything and more',
      { object: ruled({ resourceRules: [{ verbs: ['*', 'get'], apiGroups: ['*', 'a'], resources: ['*', 'b'], namespaces: ['*', 'c'] }] }) },
      [
        `${rule}.resourceRules[0].verbs: Invalid value: ["*","get"]: if '*' is present, must not specify other verbs`,
        `${rule}.resourceRules[0].apiGroups: Invalid value: ["*","a"]: if '*' is present, must not specify other api groups`,
        `${rule}.resourceRules[0].resources: Invalid value: ["*","b"]: if '*' is present, must not specify other resources`,
        `${rule}.resourceRules[0].namespaces: Invalid value: ["*","c"]: if '*' is present, must not specify other namespaces`,
      ],
    ],
    [
      'a resource rule of nothing',
      { object: ruled({ resourceRules: [{ verbs: ['see'] }] }) },
      [
        `${rule}.resourceRules[0].verbs: Unsupported value: ["see"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"`,
        `${rule}.resourceRules[0].apiGroups: Required value: resource rules must supply at least one api group`,
        `${rule}.resourceRules[0].resources: Required value: resource rules must supply at least one resource`,
        `${rule}.resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace`,
      ],
    ],
    [
      'paths that are none',
      { object: ruled({ nonResourceRules: [{ verbs: [], nonResourceURLs: ['', 'a', '/a b', '/a//b', '/a*'] }] }) },
      [
        `${rule}.nonResourceRules[0].verbs: Required value: verbs must contain at least one value`,
        `${rule}.nonResourceRules[0].nonResourceURLs[0]: Invalid value: "": must not be empty`,
        `${rule}.nonResourceRules[0].nonResourceURLs[1]: Invalid value: "a": must start with slash`,
        `${rule}.nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/a b": must not contain white-space`,
        `${rule}.nonResourceRules[0].nonResourceURLs[3]: Invalid value: "/a//b": must not contain double slash`,
        `${rule}.nonResourceRules[0].nonResourceURLs[4]: Invalid value: "/a*": wildcard can only do suffix matching`,
      ],
    ],
    [
      'a condition twice',
      { object: { ...schema(), status: { conditions: [{ type: 'A' }, { type: 'A' }, {}] } }, old: schema(), door: 'status' },
      ['status.conditions[1].type: Duplicate value: "A"', 'status.conditions[2].type: Required value'],
    ],
  ],
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': [
    ['one', { object: queuing(64, 6) }, []],
    [
      'a second exempt one',
      { object: { spec: { type: 'Exempt' } } },
      ["spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'"],
    ],
    ['the exempt one with other shares', { object: named('exempt', { spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 5 } } }) }, []],
    [
      'the exempt one with wrong shares',
      { object: named('exempt', { spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: -1, lendablePercent: 101 } } }) },
      [
        'spec.exempt.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer',
        'spec.exempt.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
      ],
    ],
    ['another type', { object: { spec: { type: 'None' } } }, ['spec.type: Unsupported value: "None": supported values: "Exempt", "Limited"']],
    ['no limits', { object: { spec: { type: 'Limited' } } }, ['spec.limited: Required value: must not be empty when type is Limited']],
    [
      'limits of nothing',
      { object: { spec: { type: 'Limited', exempt: {}, limited: { limitResponse: { type: 'Wait' } } } } },
      [
        'spec.exempt: Forbidden: must be nil if the type is Limited',
        'spec.limited.limitResponse.type: Unsupported value: "Wait": supported values: "Queue", "Reject"',
      ],
    ],
    [
      'numbers beyond',
      { object: limited({ nominalConcurrencyShares: -1, lendablePercent: -1, borrowingLimitPercent: -1 }, { type: 'Queue' }) },
      [
        'spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer',
        'spec.limited.limitResponse.queuing: Required value: must not be empty if limited.limitResponse.type is Limited',
        'spec.limited.lendablePercent: Invalid value: -1: must be between 0 and 100, inclusive',
        'spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer',
      ],
    ],
    [
      'a queue that rejects',
      { object: limited({}, { type: 'Reject', queuing: {} }) },
      ['spec.limited.limitResponse.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited'],
    ],
    [
      'more cards than the deck has',
      { object: queuing(4, 6) },
      ['spec.limited.limitResponse.queuing.handSize: Invalid value: 6: should not be greater than queues (4)'],
    ],
    [
      'queues below nothing, and beyond all',
      { object: queuing(-1, -1, -1) },
      [
        'spec.limited.limitResponse.queuing.queueLengthLimit: Invalid value: -1: must be positive',
        'spec.limited.limitResponse.queuing.queues: Invalid value: -1: must be positive',
        'spec.limited.limitResponse.queuing.handSize: Invalid value: -1: must be positive',
      ],
    ],
    [
      'a hand too large for the hash',
      { object: queuing(10_000_000, 3) },
      [
        'spec.limited.limitResponse.queuing.handSize: Invalid value: 3: required entropy bits of deckSize 10000000 and handSize 3 should not be greater than 60',
      ],
    ],
  ],
}

for (const [kind, cases] of Object.entries(tables))
  test(`${kind.split('/')[1]} are refused in the words of upstream`, () => {
    for (const [name, given, expected] of cases) assert.deepEqual(errorsUnderTest(kind, given), expected, name)
  })

test('what every cluster has stays as it is', () => {
  const level = named('catch-all', limited({ nominalConcurrencyShares: 7 }))
  assert.match(
    errorsUnderTest('flowcontrol.apiserver.k8s.io/prioritylevelconfigurations', { object: level })[0]!,
    /: spec of 'catch-all' must equal the fixed value$/,
  )
  assert.match(
    errorsUnderTest('flowcontrol.apiserver.k8s.io/flowschemas', { object: named('catch-all', ruled({})) })[0]!,
    /: spec of 'catch-all' must equal the fixed value$/,
  )
})
