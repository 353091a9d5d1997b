/** Upstream's golden objects: each kind with every field set, as JSON, YAML and protobuf. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { lookupType } from '#api/scheme.ts'
import { WatchEventSchema } from '../gen/meta-v1.ts'
import { decodeObject, decodeProtobuf, encodeProtobuf } from './index.ts'

const shared = process.env.K8TS_SHARED ?? join(import.meta.dirname, '../../../../shared')
const folder = join(shared, 'data/api-testdata/v1.36.0')
const present = existsSync(folder)
if (!present) console.log(`golden objects skipped: ${folder} is absent (set K8TS_SHARED)`)

// The after_roundtrip files are what an older release keeps of a newer object, and no golden form of this one.
const names = present
  ? readdirSync(folder)
      .filter((file) => file.endsWith('.json') && !file.includes('after_roundtrip'))
      .map((file) => file.slice(0, -'.json'.length))
  : []

test('there are golden objects of every kind', { skip: !present }, () => assert.equal(names.length > 180, true))

for (const name of names) {
  test(`${name} reads from JSON, YAML and protobuf, and writes its protobuf to the byte`, () => {
    const json = readFileSync(join(folder, `${name}.json`), 'utf8')
    const golden = JSON.parse(json)
    const schema = name === 'core.v1.WatchEvent' ? WatchEventSchema : lookupType(golden.apiVersion, golden.kind)
    assert.ok(schema, 'its type is known')
    const fromJson = decodeObject<object>(schema, json, { strict: true }).object
    assert.deepEqual(fromJson, golden)
    const fromYaml = decodeObject<object>(schema, readFileSync(join(folder, `${name}.yaml`)), { strict: true, format: 'yaml' }).object
    assert.equal(JSON.stringify(fromYaml), JSON.stringify(fromJson))
    const bytes = readFileSync(join(folder, `${name}.pb`))
    assert.equal(encodeProtobuf(schema, fromJson).toString('hex'), bytes.toString('hex'))
    assert.deepEqual(decodeProtobuf(schema, bytes, lookupType), golden)
  })
}
