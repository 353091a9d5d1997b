import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PodSchema } from '#api/gen/core/v1.ts'
import { lookupType } from '#api/scheme.ts'
import { DecodeError, decodeObject, decodeProtobuf, encodeProtobuf, normalize } from './index.ts'

const pod = normalize<object>(PodSchema, {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', creationTimestamp: '2024-01-01T00:00:00Z', labels: { a: 'b' }, managedFields: [{ manager: 'm', fieldsV1: { 'f:a': {} } }] },
  spec: { containers: [{ name: 'c', resources: { limits: { cpu: '1' } }, ports: [{ containerPort: 80 }], livenessProbe: { httpGet: { port: 'http' } } }] },
})

/** Runs a decoder on damaged input: it may succeed, or refuse with a DecodeError, and nothing else. */
function onlyRefuses(run: () => unknown, what: string): void {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof DecodeError, `${what}: ${String(error)}`)
  }
}

test('protobuf cut short or with a flipped byte is read or refused, never worse', () => {
  const bytes = encodeProtobuf(PodSchema, pod)
  for (let at = 4; at < bytes.length; at++) {
    onlyRefuses(() => decodeProtobuf(PodSchema, bytes.subarray(0, at), lookupType), `cut at ${at}`)
    for (const flip of [1, 0x80, 0xff]) {
      const damaged = Buffer.from(bytes)
      damaged[at] = damaged[at]! ^ flip
      onlyRefuses(() => decodeProtobuf(PodSchema, damaged, lookupType), `flipped ${flip} at ${at}`)
    }
  }
})

test('JSON and YAML cut short are refused or read, never worse', () => {
  const text = JSON.stringify(pod)
  for (let at = 0; at < text.length; at++) {
    assert.throws(() => decodeObject(PodSchema, text.slice(0, at)), DecodeError)
    if (at % 7 === 0) onlyRefuses(() => decodeObject(PodSchema, text.slice(0, at), { format: 'yaml' }), `cut at ${at}`)
  }
})

test('what is no object at all is refused', () => {
  for (const input of ['', 'null', '1', '"a"', '[]', '{}}', Buffer.from([0xff, 0xfe])])
    assert.throws(() => decodeObject(PodSchema, input), DecodeError, String(input))
  assert.throws(() => decodeProtobuf(PodSchema, Buffer.from('{}')), {
    message: 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
  })
})

test('a YAML alias bomb is refused', () => {
  const lines = ['a: &a [x,x,x,x,x,x,x,x,x]']
  for (let level = 1; level < 9; level++) lines.push(`b${level}: &b${level} [${new Array(9).fill(level === 1 ? '*a' : `*b${level - 1}`).join(',')}]`)
  assert.throws(() => decodeObject(PodSchema, lines.join('\n'), { format: 'yaml' }), DecodeError)
})
