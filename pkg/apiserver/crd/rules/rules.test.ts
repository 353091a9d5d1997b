import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '#apimachinery/object.ts'
import type { Schema } from '../schema/types.ts'
import { compileRules } from './index.ts'

const integer: Schema = { type: 'integer' }
const schema: Schema = {
  type: 'object',
  'x-kubernetes-validations': [{ rule: "self.metadata.name != 'forbidden'", message: 'no such name' }],
  properties: {
    spec: {
      type: 'object',
      'x-kubernetes-validations': [
        { rule: 'self.min <= self.max', messageExpression: "'min %d is above max %d'.format([self.min, self.max])" },
        { rule: 'self.max <= 100', fieldPath: '.max', reason: 'FieldValueForbidden', message: 'too much' },
        { rule: '!oldSelf.hasValue() || self.max >= oldSelf.value().max', optionalOldSelf: true, message: 'max may only grow' },
      ],
      properties: {
        min: integer,
        max: integer,
        immutable: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'is immutable' }] },
        items: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' }, size: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self >= oldSelf' }] } },
          },
        },
      },
    },
  },
}

const { validate } = compileRules(schema)
const object = (spec: object, name = 'a') => ({ metadata: { name }, spec }) as unknown as KubeObject
const messages = (next: KubeObject, old?: KubeObject) => validate(next, old, []).map(({ field, message }) => `${field}: ${message}`)

test('rules say what is wrong, where and in whose words', () => {
  assert.deepEqual(messages(object({ min: 1, max: 2 })), [])
  assert.deepEqual(messages(object({ min: 3, max: 2 })), ['spec: Invalid value: min 3 is above max 2'])
  assert.deepEqual(messages(object({ min: 3, max: 200 })), ['spec.max: Forbidden: too much'])
  assert.deepEqual(messages(object({ min: 1, max: 2 }, 'forbidden')), ['<nil>: Invalid value: no such name'])
})

test('transition rules see what was there before, in lists by their keys', () => {
  const old = object({
    min: 1,
    max: 5,
    immutable: 'x',
    items: [
      { name: 'a', size: 1 },
      { name: 'b', size: 5 },
    ],
  })
  assert.deepEqual(messages(object({ min: 1, max: 4, immutable: 'x' }), old), ['spec: Invalid value: max may only grow'])
  assert.deepEqual(messages(object({ min: 1, max: 5, immutable: 'y' }), old), ['spec.immutable: Invalid value: "y": is immutable'])
  assert.deepEqual(
    messages(
      object({
        min: 1,
        max: 5,
        immutable: 'x',
        items: [
          { name: 'b', size: 4 },
          { name: 'a', size: 1 },
        ],
      }),
      old,
    ),
    ['spec.items[0].size: Invalid value: 4: failed rule: self >= oldSelf'],
  )
})

test('what was wrong before and is unchanged may stay', () => {
  const wrong = object({ min: 3, max: 2 })
  assert.deepEqual(messages(wrong, structuredClone(wrong)), [])
})

test('errors of evaluation name the rule', () => {
  assert.deepEqual(messages(object({ min: 3 })), [
    'spec: Invalid value: "object": no such key: max evaluating rule: self.min <= self.max',
    'spec: Invalid value: "object": no such key: max evaluating rule: too much',
  ])
})

test('an object that is not of its type is not put to the rules', () => {
  const errors = validate(object({}), undefined, [{ reason: 'FieldValueRequired', field: 'spec.min', message: 'Required value' }])
  assert.match(errors[0]!.message, /^Invalid value: null: some validation rules were not checked/)
})
