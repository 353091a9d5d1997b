import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorsUnderTest } from '../../kind-under-test.ts'

const condition = (type: string, status = 'True') => ({ type, status })
const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x:1' }] } }
const job = (status: object, spec: object = {}) => ({ spec: { template, ...spec }, status })
const [early, late] = ['2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z']
const met = condition('SuccessCriteriaMet')
const complete = { startTime: early, completionTime: late, succeeded: 1, conditions: [met, condition('Complete')] }
const failed = { startTime: early, failed: 1, conditions: [condition('FailureTarget'), condition('Failed')] }
const indexed = { completionMode: 'Indexed', completions: 5, parallelism: 2, backoffLimitPerIndex: 1 }

const rows: readonly [what: string, old: object, status: object, spec: object, errors: readonly string[]][] = [
  ['a job that ends well', { startTime: early, active: 1 }, complete, {}, []],
  ['a job that fails', { startTime: early, active: 1 }, failed, {}, []],
  ['less than none', {}, { active: -1 }, {}, ['active: Invalid value: -1: must be greater than or equal to 0']],
  [
    'pods counted twice',
    {},
    { uncountedTerminatedPods: { succeeded: ['a', ''], failed: ['a'] } },
    {},
    ['uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty', 'uncountedTerminatedPods.failed[0]: Duplicate value: "a"'],
  ],
  [
    'an end without its aim',
    { startTime: early },
    { startTime: early, completionTime: late, conditions: [condition('Complete')] },
    {},
    ['conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition'],
  ],
  [
    'a failure without its aim',
    { startTime: early },
    { startTime: early, conditions: [condition('Failed')] },
    {},
    ['conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition'],
  ],
  [
    'success and failure at once',
    { startTime: early },
    { ...complete, conditions: [...complete.conditions, ...failed.conditions] },
    {},
    [
      'conditions: Invalid value: cannot set Complete=True and Failed=true conditions',
      'conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions',
      'conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions',
      'conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
    ],
  ],
  [
    'an end without its time',
    { startTime: early },
    { ...complete, completionTime: undefined },
    {},
    ['completionTime: Required value: completionTime is required for Complete jobs'],
  ],
  [
    'an end before its beginning, of a job that goes on',
    { startTime: late },
    { startTime: late, completionTime: early },
    {},
    [
      `completionTime: Invalid value: "${early}": cannot set completionTime when there is no Complete=True condition`,
      `completionTime: Invalid value: "${early}": must be equal to or after \`startTime\``,
    ],
  ],
  [
    'what is still going on in a job that is over',
    {},
    { ...failed, startTime: undefined, active: 1, terminating: 1, uncountedTerminatedPods: { failed: ['a'] } },
    {},
    [
      'active: Invalid value: 1: active>0 is invalid for finished job',
      'startTime: Required value: startTime is required for finished job',
      'uncountedTerminatedPods: Invalid value: {"Succeeded":null,"Failed":["a"]}: must be empty for finished job',
      'terminating: Invalid value: 1: terminating>0 is invalid for finished job',
    ],
  ],
  ['more ready than there are', {}, { active: 1, ready: 2 }, {}, ['ready: Invalid value: 2: cannot set more ready pods than active']],
  [
    'indexes of a job that has none',
    {},
    { completedIndexes: '0', failedIndexes: '1' },
    {},
    [
      'completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
      'failedIndexes: Invalid value: "1": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
    ],
  ],
  [
    'indexes that are none, and one that did both',
    {},
    { completedIndexes: '0,2-3', failedIndexes: '3-x,2' },
    indexed,
    [
      'failedIndexes: Invalid value: "3-x,2": error parsing failedIndexes: cannot convert string to integer for index: "x"',
      'failedIndexes: Invalid value: "3-x,2": failedIndexes and completedIndexes overlap at index: 2',
    ],
  ],
  [
    'a job that is over goes on',
    complete,
    { startTime: early, succeeded: 0 },
    {},
    [
      'conditions: Invalid value: cannot disable the terminal Complete=True condition',
      'succeeded: Invalid value: 0: cannot decrease the succeeded counter',
      'conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
    ],
  ],
  [
    'another time of its end, and failures forgotten',
    { ...complete, failed: 2 },
    { ...complete, completionTime: '2026-01-01T02:00:00Z' },
    {},
    ['failed: Invalid value: 0: cannot decrease the failed counter', 'completionTime: Invalid value: "2026-01-01T02:00:00Z": field is immutable'],
  ],
  ['a beginning taken away', { startTime: early }, {}, {}, ['startTime: Invalid value: null: field is immutable for unsuspended job once set']],
  ['a beginning taken away from a suspended job', { startTime: early }, {}, { suspend: true }, []],
  ['fewer successes of a job that shrinks', { succeeded: 2 }, { succeeded: 1 }, { ...indexed, parallelism: 5 }, []],
  ['what was wrong before and is not touched', { ready: 2, completedIndexes: '0' }, { ready: 2, completedIndexes: '0', failed: 1 }, {}, []],
]

for (const [what, old, status, spec, errors] of rows) {
  test(`status of a job: ${what}`, () => {
    const found = errorsUnderTest('batch/jobs', { object: job(status, spec), old: job(old, spec), door: 'status' })
    assert.deepEqual(
      found,
      errors.map((each) => `status.${each}`),
    )
  })
}

test('a suspended job without pods may be told other resources, nodes and tolerations; one with pods may not', () => {
  const selector = { matchLabels: { a: 'b' } }
  const made = (spec: object, status: object = { conditions: [{ type: 'Suspended', status: 'True' }] }, more: object = {}) => ({
    spec: { selector, manualSelector: true, suspend: true, template: { metadata: { labels: { a: 'b' } }, spec: { ...template.spec, ...spec } }, ...more },
    status,
  })
  const container = { name: 'c', image: 'x:1', resources: { requests: { cpu: '2' } } }
  const affinity = {
    nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } }] },
  }
  const changed = { containers: [container], affinity, nodeSelector: { a: 'b' }, tolerations: [{ operator: 'Exists' }] }
  const refused = (object: object, old: object) => errorsUnderTest('batch/jobs', { object, old }).map((each) => each.replace(/Invalid value: .*: /, ''))
  assert.deepEqual(refused(made(changed), made({})), [])
  const immutable = ['spec.template: field is immutable']
  // Until its controller has said that it is suspended, its pods may be there still.
  assert.deepEqual(refused(made(changed), made({}, {})), immutable)
  assert.deepEqual(refused(made(changed), made({}, { startTime: early, active: 1 })), immutable)
  assert.deepEqual(refused(made(changed, {}, { suspend: false }), made({}, {}, { suspend: false })), immutable)
  const immutableSpec = ['spec.template.spec: field is immutable']
  assert.deepEqual(refused(made({ containers: [{ ...container, image: 'y:1' }] }), made({})), immutableSpec)
  const podAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { topologyKey: 'a' } }] }
  assert.deepEqual(refused(made({ affinity: { podAffinity } }), made({})), immutableSpec)
})
