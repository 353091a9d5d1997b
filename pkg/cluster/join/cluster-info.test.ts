import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterRoles } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import type { ClusterConfig } from '../types.ts'
import { ensureJoinable } from './cluster-info.ts'

const config = { apiServer: { advertiseAddress: '10.0.0.1', port: 6443 }, serviceCidr: '10.96.0.0/16', podCidr: '10.244.0.0/16' } as unknown as ClusterConfig

test('a role that an earlier version made gets the rules it lacks; what somebody wrote into it stays, and so does one that is not to be touched', async () => {
  const client = createFakeClient({ clock: new FakeClock() })
  await ensureJoinable(client, config, 'CA')
  const role = () => client.get(clusterRoles, { name: 'k8ts:node-network' })
  const today = (await role()).rules!
  const own = { apiGroups: [''], resources: ['events'], verbs: ['list'] }
  const earlier = [own, today[0]!, { ...today[2]!, resources: ['ingresses/secrets'] }]
  await client.update(clusterRoles, { ...(await role()), rules: earlier })
  await ensureJoinable(client, config, 'CA')
  assert.deepEqual((await role()).rules, [...earlier, ...today.slice(1)])
  const { resourceVersion } = (await role()).metadata
  await ensureJoinable(client, config, 'CA')
  assert.equal((await role()).metadata.resourceVersion, resourceVersion)
  const { metadata } = await role()
  const kept = { ...metadata, annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } }
  await client.update(clusterRoles, { ...(await role()), metadata: kept, rules: [own] })
  await ensureJoinable(client, config, 'CA')
  assert.deepEqual((await role()).rules, [own])
})
