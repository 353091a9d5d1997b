import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import {
  apiServices,
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  flowSchemas,
  namespaces,
  priorityClasses,
  priorityLevelConfigurations,
  roleBindings,
  roles,
} from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { openStore } from '#storage/open.ts'
import { assembleApiServer } from '../assemble.ts'
import { startTestApiServer } from '../testing.ts'

const { privateKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const kinds: readonly ResourceRef[] = [
  clusterRoles,
  clusterRoleBindings,
  roles,
  roleBindings,
  priorityClasses,
  priorityLevelConfigurations,
  flowSchemas,
  namespaces,
  apiServices,
  namespaces,
] as never

/** Of each kind, as they were first written: a condition may have come since. */
async function defaults(isEmpty: boolean): Promise<{ objects: KubeObject[]; revisions: number }> {
  const clock = new FakeClock()
  const store = await openStore({ kind: 'memory' }, { clock })
  // Anything at all makes the store one that is not new.
  if (!isEmpty) {
    const server = await startTestApiServer({ store, clock })
    await server.client.create(configMaps, { metadata: { name: 'a', namespace: 'default' } })
    await server.server.close()
  }
  const before = store.revision()
  const { client, ready, close } = assembleApiServer({ serviceAccountKey: privateKey, store, clock })
  await ready
  const lists = await Promise.all(kinds.map((of) => client.list<KubeObject>(of)))
  await close()
  const objects = lists.flatMap(({ items }, at) => items.map((item) => ({ ...item, kind: kinds[at]!.kind }) as KubeObject)).map(asWritten)
  return { objects, revisions: store.revision() - before }
}

function asWritten({ metadata, ...rest }: KubeObject): KubeObject {
  const { uid, resourceVersion, managedFields = [], ...meta } = metadata
  assert.match(uid ?? '', /^[\da-f-]{36}$/)
  assert.ok(Number(resourceVersion) > 0)
  const first = managedFields.filter(({ subresource }) => subresource === undefined)
  const { status: _, ...fixed } = rest as KubeObject & { status?: unknown }
  return { ...fixed, metadata: { ...meta, managedFields: first } } as KubeObject
}

test('an empty store is given what creations through the API would have left there', async () => {
  const seeded = await defaults(true)
  const created = await defaults(false)
  assert.ok(seeded.objects.length > 130, `${seeded.objects.length} objects`)
  assert.deepEqual(seeded.objects, created.objects)
})
