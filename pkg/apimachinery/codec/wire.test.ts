import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ControllerRevision, ControllerRevisionSchema } from '#api/gen/apps/v1.ts'
import { type Secret, SecretSchema } from '#api/gen/core/v1.ts'
import { decodeProtobuf, encodeProtobuf, normalize } from './index.ts'
import { WireWriter } from './wire.ts'

/** The writer's first buffer. */
const full = 8192

test('what makes the buffer grow is written to the grown one, whatever it is', () => {
  const writes: [string, (writer: WireWriter) => void, Buffer][] = [
    ['a negative number', (writer) => writer.varint(-1), Buffer.from('ffffffffffffffffff01', 'hex')],
    ['a large number', (writer) => writer.varint(2 ** 40), Buffer.from('808080808020', 'hex')],
    ['a bigint', (writer) => writer.bigint(300n), Buffer.from('ac02', 'hex')],
    ['raw bytes', (writer) => writer.raw(Buffer.alloc(100, 7)), Buffer.alloc(100, 7)],
    ['text', (writer) => writer.text('abc'), Buffer.from('03616263', 'hex')],
    ['a double', (writer) => writer.double(1.5), Buffer.from('000000000000f83f', 'hex')],
  ]
  for (const [name, write, expected] of writes) {
    for (let room = 0; room <= expected.length; room++) {
      const writer = new WireWriter()
      const before = Buffer.alloc(full - room, 1)
      writer.raw(before)
      write(writer)
      assert.deepEqual(writer.finish(), Buffer.concat([expected, before]), `${name} with room for ${room} bytes`)
    }
  }
})

test('a secret of any size is the same when it is read back', () => {
  for (const size of [0, 8000, 8150, 8191, 8192, 8193, 20_000, 700_000]) {
    const secret = normalize<Secret>(SecretSchema, { data: { a: Buffer.alloc(size, 5).toString('base64'), b: Buffer.alloc(9000, 6).toString('base64') } })
    assert.deepEqual(decodeProtobuf<Secret>(SecretSchema, encodeProtobuf(SecretSchema, secret)).data, secret.data, `${size} bytes`)
  }
})

test("a ControllerRevision's data is sent as a client of Go wrote it, which the controllers compare byte by byte", () => {
  const data = '{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"10":"x","9":"y","a":"\\u003c\\u0026\\u003e \\u2028"}}}}}'
  const revision = normalize<ControllerRevision>(ControllerRevisionSchema, { data: JSON.parse(data), revision: 1 })
  assert.ok(Buffer.from(encodeProtobuf(ControllerRevisionSchema, revision)).includes(data))
})
