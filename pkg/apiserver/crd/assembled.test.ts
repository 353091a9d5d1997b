import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { assembleApiServer } from '../assemble.ts'
import { type CronTab, cronTabDefinition, crontabs, define } from './test-definition.ts'

test('custom resources pass through the whole admission of an assembled server', async () => {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const assembled = assembleApiServer({ serviceAccountKey: privateKey })
  await assembled.ready
  try {
    const { client } = assembled
    await define(client, cronTabDefinition())
    const object = {
      apiVersion: 'stable.example.com/v1',
      kind: 'CronTab',
      metadata: { name: 'a', namespace: 'default' },
      spec: { cronSpec: '* * * * *' },
    } as CronTab
    const created = await client.create(crontabs, object)
    assert.equal(created.spec?.image, 'busybox')
    await client.delete(crontabs, { namespace: 'default', name: 'a' })
    await assert.rejects(client.create(crontabs, { ...object, metadata: { name: 'a', namespace: 'none' } } as CronTab), /namespaces "none" not found/)
  } finally {
    await assembled.close()
  }
})
