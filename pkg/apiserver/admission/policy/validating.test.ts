import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ValidatingAdmissionPolicySpec } from '#api/gen/admissionregistration/v1.ts'
import type { StatusError } from '#apimachinery/status-error.ts'
import type { AdmissionAttributes } from '../../types.ts'
import { validatingAdmissionPolicy } from './index.ts'

const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'n' }, data: { size: '3' } }
const text = 'x'.repeat(9_480)

/** One policy with its bindings, and what becomes of a request. */
async function judged(spec: Partial<ValidatingAdmissionPolicySpec>, bindings: readonly object[] = [{ validationActions: ['Deny'] }]) {
  const warnings: string[] = []
  const notes: Record<string, string> = {}
  const lists = {
    validatingadmissionpolicies: [{ metadata: { name: 'p' }, spec }],
    validatingadmissionpolicybindings: bindings.map((each, index) => ({ metadata: { name: `b${index}` }, spec: { policyName: 'p', ...each } })),
  } as Record<string, object[]>
  const client = { list: async ({ plural }: { plural: string }) => ({ items: lists[plural] ?? [], metadata: {} }) }
  const plugin = validatingAdmissionPolicy({
    client,
    informers: { informer: () => ({ hasSynced: false }) },
    authorizer: { name: 'test', authorize: () => ({ decision: 'allow', reason: '' }) },
    matcher: { match: async () => ({ definition: undefined }), namespaceOf: async () => ({ metadata: { name: 'n' } }) },
    kinds: { all: () => [] },
  } as never)
  const attributes: AdmissionAttributes = {
    operation: 'CREATE',
    group: '',
    version: 'v1',
    kind: 'ConfigMap',
    resource: 'configmaps',
    subresource: '',
    namespace: 'n',
    name: 'a',
    user: { name: 'u', groups: [] },
    dryRun: false,
    object: object as never,
    warn: (text) => warnings.push(text),
    annotate: (key, value) => {
      notes[key] ??= value
    },
  }
  let error: StatusError | undefined
  try {
    await plugin.validate!(attributes)
  } catch (thrown) {
    error = thrown as StatusError
  }
  return {
    denied: error?.message.replace(/^configmaps "a" is forbidden: ValidatingAdmissionPolicy 'p' with binding /, ''),
    reason: error?.reason,
    warnings,
    notes,
  }
}
const wrong = { expression: 'false', message: 'no' }

test('what a failing expression does depends on the binding', async () => {
  assert.deepEqual(await judged({ validations: [{ expression: 'true' }, { ...wrong, reason: 'Unauthorized' }] }), {
    denied: "'b0' denied request: no",
    reason: 'Unauthorized',
    warnings: [],
    notes: {},
  })
  assert.deepEqual(await judged({ validations: [{ expression: 'true' }, wrong] }, [{ validationActions: ['Warn', 'Audit'] }]), {
    denied: undefined,
    reason: undefined,
    warnings: ["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b0': no"],
    notes: {
      'validation.policy.admission.k8s.io/validation_failure':
        '[{"message":"no","policy":"p","binding":"b0","expressionIndex":1,"validationActions":["Warn","Audit"]}]',
    },
  })
})

test('messages: the expression, the text, else the rule itself', async () => {
  const told = async (validation: object) => (await judged({ validations: [{ expression: ' object.data.size == "4" ', ...validation } as never] })).denied
  assert.equal(await told({}), `'b0' denied request: failed expression: object.data.size == "4"`)
  assert.equal(await told({ message: ' own ' }), "'b0' denied request: own")
  assert.equal(await told({ message: 'own', messageExpression: "'size is ' + object.data.size" }), "'b0' denied request: size is 3")
  for (const messageExpression of ["'a\\nb'", "'  '", 'object.nothing', '1'])
    assert.equal(await told({ message: 'own', messageExpression }), "'b0' denied request: own")
})

test('errors deny by the failure policy; a budget that is spent ends all further rules', async () => {
  const missing = { validations: [{ expression: 'object.nothing == 1' }] }
  assert.equal((await judged(missing)).denied, `'b0' denied request: expression 'object.nothing == 1' resulted in error: no such key: nothing`)
  assert.equal((await judged({ ...missing, failurePolicy: 'Ignore' })).denied, undefined)
  // The tenth of the one text by the tenth of the other: 900,000 units, for little work.
  const costly = { expression: `'${text}'.contains('${text}')` }
  const spent = await judged({ validations: Array.from({ length: 12 }, () => costly) })
  assert.equal(spent.denied, "'b0' denied request: validation failed due to running out of cost budget, no further validation rules will be run")
  const condition = { matchConditions: [{ name: 'c', expression: 'object.nothing' }], validations: [wrong] }
  assert.match((await judged(condition)).denied ?? '', /no such key: nothing/)
  assert.equal((await judged({ ...condition, failurePolicy: 'Ignore' })).denied, undefined)
})

test('a policy whose parameters are of no kind denies whatever the actions of its bindings are', async () => {
  const spec = { paramKind: { apiVersion: 'v1', kind: 'Nothing' }, validations: [wrong] }
  const bindings = [{ validationActions: ['Audit'], paramRef: { name: 'x' } }]
  assert.equal(
    (await judged(spec, bindings)).denied,
    `configmaps "a" is forbidden: ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: '/v1, Kind=Nothing'`,
  )
  assert.equal((await judged({ ...spec, failurePolicy: 'Ignore' }, bindings)).denied, undefined)
})

test('audit annotations: texts, each once; null and nothing leave none; anything else denies', async () => {
  const annotated = (valueExpression: string, more: object = {}) =>
    judged({ auditAnnotations: [{ key: 'k', valueExpression }], ...more }, [{ validationActions: ['Deny'] }, { validationActions: ['Deny'] }])
  assert.deepEqual((await annotated("'size ' + object.data.size + ' '")).notes, { 'p/k': 'size 3' })
  for (const nothing of ['null', "''"]) assert.deepEqual((await annotated(nothing)).notes, {})
  assert.match((await annotated('object.nothing')).denied ?? '', /resulted in error: no such key: nothing/)
  assert.equal((await annotated('object.nothing', { failurePolicy: 'Ignore' })).denied, undefined)
  assert.match(
    (await annotated('object.data.size.size()')).denied ?? '',
    /resulted in unsupported return type: int\. Return type must be either string or null\./,
  )
})
