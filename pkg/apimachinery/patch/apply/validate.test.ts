/** What is said of a configuration that does not fit. Facts: typed/validate_test.go of sigs.k8s.io/structured-merge-diff v6. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeploymentSchema } from '#api/gen/apps/v1.ts'
import { mergeTypeOf, mergeTypeOfJsonSchema } from './index.ts'
import { validateApplied } from './validate.ts'

const list = (items: object, kind: string, more: object = {}) => ({ type: 'array', items, 'x-kubernetes-list-type': kind, ...more })
const type = mergeTypeOfJsonSchema({
  type: 'object',
  properties: {
    text: { type: 'string' },
    bytes: { type: 'string', format: 'byte' },
    time: { type: 'string', format: 'date-time' },
    number: { type: 'number' },
    flag: { type: 'boolean' },
    either: { 'x-kubernetes-int-or-string': true },
    map: { type: 'object', additionalProperties: { type: 'string' } },
    struct: { type: 'object', properties: { a: { type: 'string' } } },
    anything: { type: 'object' },
    closed: { type: 'object', additionalProperties: false },
    set: list({ type: 'string' }, 'set'),
    flags: list({ type: 'boolean' }, 'set'),
    atoms: list({ type: 'integer' }, 'atomic'),
    keyed: list({ type: 'object', properties: { id: { type: 'number' }, name: { type: 'string' }, value: { type: 'string' } } }, 'map', {
      'x-kubernetes-list-map-keys': ['name', 'id'],
    }),
  },
})

const cases: readonly (readonly [content: object, ...errors: string[]])[] = [
  [{ text: 'a', bytes: 'YQ==', time: 1, number: 1.5, flag: false, either: 'x', map: { a: 'b' }, anything: { a: [1] }, set: ['a'], atoms: [1, 1] }],
  [{ text: null, number: null, flag: null, time: null, map: null, struct: null, set: null, keyed: null }],
  [{ text: 1 }, '.text: expected string, got &value.valueUnstructured{Value:1}'],
  [{ text: true }, '.text: expected string, got &value.valueUnstructured{Value:true}'],
  [{ text: ['a', 1] }, '.text: expected string, got &value.valueUnstructured{Value:[]interface {}{"a", 1}}'],
  [{ text: { a: 1 } }, '.text: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"a":1}}'],
  [{ bytes: 1.5 }, '.bytes: expected string, got &value.valueUnstructured{Value:1.5}'],
  [{ number: 'a' }, '.number: expected numeric (int or float), got string'],
  [{ number: true }, '.number: expected numeric (int or float), got bool'],
  [{ number: [] }, '.number: expected numeric (int or float), got []interface {}'],
  [{ number: {} }, '.number: expected numeric (int or float), got map[string]interface {}'],
  [{ flag: 'yes' }, '.flag: expected boolean, got &{yes}'],
  [{ flag: { b: 2, a: ['x'] } }, '.flag: expected boolean, got &{map[a:[x] b:2]}'],
  [{ time: {} }, '.time: expected any scalar, got &{map[]}'],
  [{ map: true }, '.map: expected map, got &{true}'],
  [{ map: ['a'] }, '.map: expected map, got &{[a]}'],
  [{ map: { a: 1 } }, '.map.a: expected string, got &value.valueUnstructured{Value:1}'],
  [{ set: 'a' }, '.set: expected list, got &{a}'],
  [{ set: { a: 1 } }, '.set: expected list, got &{map[a:1]}'],
  [{ struct: { b: 1 } }, '.struct.b: field not declared in schema'],
  [{ closed: { b: 1 } }, '.closed.b: field not declared in schema'],
  [{ set: ['a', 'a'] }, '.set: duplicate entries for key [="a"]'],
  [{ set: [1] }, '.set[=1]: expected string, got &value.valueUnstructured{Value:1}'],
  [{ set: [null] }, ".set: element 0: associative list without keys has an element that's an explicit null"],
  [{ set: [['a']] }, '.set: element 0: not supported: associative list with lists as elements'],
  [{ set: [{}] }, ".set: element 0: associative list without keys has an element that's a map type"],
  [{ flags: [true, 'a'] }, '.flags[="a"]: expected boolean, got &{a}'],
  [{ atoms: [1, 'a'] }, '.atoms[1]: expected numeric (int or float), got string'],
  [{ keyed: [{ name: 'a' }, { id: 1 }] }],
  [{ keyed: [null] }, '.keyed: element 0: associative list with keys may not have a null element'],
  [{ keyed: ['a'] }, '.keyed: element 0: associative list with keys may not have non-map elements'],
  [
    { keyed: [{ value: 'a' }] },
    '.keyed: element 0: associative list with keys has an element that omits all key fields ["name" "id"] (and doesn\'t have default values for any key fields)',
  ],
  [{ keyed: [{ name: 'a', id: 1, value: 2 }] }, '.keyed[id=1,name="a"].value: expected string, got &value.valueUnstructured{Value:2}'],
  [
    {
      keyed: [
        { name: 'a', id: 1 },
        { name: 'a', id: 1 },
      ],
    },
    '.keyed: duplicate entries for key [id=1,name="a"]',
  ],
  [{ text: 1, number: 'a' }, '.text: expected string, got &value.valueUnstructured{Value:1}', '.number: expected numeric (int or float), got string'],
]

for (const [content, ...errors] of cases) {
  const what = errors.length === 0 ? 'fits' : errors.join('; ')
  test(`${JSON.stringify(content)}: ${what}`, () => assert.deepEqual(validateApplied(type, content), errors))
}

test('a built-in type says the same of its fields', () => {
  const container = { name: 'a', image: 1, ports: [{ containerPort: '80' }], resources: { limits: { cpu: 1, memory: '1Gi' } } }
  const strategy = { rollingUpdate: { maxSurge: 1, maxUnavailable: '50%' } }
  const given = { metadata: { name: 'x' }, spec: { replicas: '1', paused: 'no', strategy, template: { spec: { containers: [container] } } } }
  assert.deepEqual(validateApplied(mergeTypeOf(DeploymentSchema), given), [
    '.spec.replicas: expected numeric (int or float), got string',
    '.spec.paused: expected boolean, got &{no}',
    '.spec.template.spec.containers[name="a"].image: expected string, got &value.valueUnstructured{Value:1}',
    '.spec.template.spec.containers[name="a"].ports[containerPort="80",protocol="TCP"].containerPort: expected numeric (int or float), got string',
  ])
})

test('a key that Go writes even when it is not set stands for itself', () => {
  const given = { spec: { template: { spec: { containers: [{ image: 'a' }, { name: '' }] } } } }
  assert.deepEqual(validateApplied(mergeTypeOf(DeploymentSchema), given), ['.spec.template.spec.containers: duplicate entries for key [name=""]'])
})
