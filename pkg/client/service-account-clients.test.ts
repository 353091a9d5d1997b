import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceAccounts } from '#api/gen/resources.ts'
import { notFound } from '#apimachinery/status-error.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { createFakeClient } from './fake/fake-client.ts'
import { serviceAccountClients } from './service-account-clients.ts'
import type { Client, RawResponse } from './types.ts'

const answer = (status: number): RawResponse => ({
  status,
  headers: {},
  text: async () => '{}',
  bytes: async () => Buffer.from('{}'),
  stream: async function* () {},
})

function setUp() {
  const clock = new FakeClock()
  const fake = createFakeClient({ clock })
  let minted = 0
  /** A fake that mints as the server does, for accounts that are there. */
  const client: Client = {
    ...fake,
    async create(of: any, object: any, options: any = {}): Promise<any> {
      if (options.subresource !== 'token') return fake.create(of, object, options)
      const { namespace, name } = object.metadata
      if (!fake.peek(serviceAccounts, namespace, name)) throw notFound({ group: '', resource: 'serviceaccounts' }, name)
      const expirationTimestamp = new Date(clock.now() + object.spec.expirationSeconds * 1000).toISOString()
      return { status: { token: `${name}-${++minted}`, expirationTimestamp } }
    },
  }
  const sent: string[] = []
  let refuse: string | undefined
  const transport = {
    async request({ headers = {} }: { headers?: Readonly<Record<string, string>> }) {
      sent.push(headers.authorization ?? '')
      return answer(headers.authorization === refuse ? 401 : 200)
    },
    close() {},
  }
  const clientOf = serviceAccountClients({ client, transport, clock })
  const ask = (name: string) => clientOf(name).request({ method: 'GET', path: '/api' })
  return { clock, fake, sent, clientOf, ask, refuse: (token: string) => (refuse = token) }
}

test('An account is made when it is first needed, and its token serves until a fifth of its life is left', async () => {
  const { clock, fake, sent, ask, clientOf } = setUp()
  await Promise.all([ask('job-controller'), ask('job-controller')])
  await ask('cronjob-controller')
  assert.deepEqual(
    fake.all(serviceAccounts).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
    ['kube-system/job-controller', 'kube-system/cronjob-controller'],
  )
  await clock.advance(47 * 60_000)
  await ask('job-controller')
  await clock.advance(2 * 60_000)
  await ask('job-controller')
  const job = 'Bearer job-controller'
  assert.deepEqual(sent, [`${job}-1`, `${job}-1`, 'Bearer cronjob-controller-2', `${job}-1`, `${job}-3`])
  assert.equal(clientOf('job-controller'), clientOf('job-controller'))
})

test('A refused token is replaced once, as when its account was deleted and made again', async () => {
  const { fake, sent, ask, refuse } = setUp()
  await ask('a')
  await fake.delete(serviceAccounts, { namespace: 'kube-system', name: 'a' })
  refuse('Bearer a-1')
  assert.equal((await ask('a')).status, 200)
  refuse('Bearer a-2')
  assert.equal((await ask('a')).status, 200)
  assert.deepEqual(sent, ['Bearer a-1', 'Bearer a-1', 'Bearer a-2', 'Bearer a-2', 'Bearer a-3'])
  assert.ok(fake.peek(serviceAccounts, 'kube-system', 'a'))
})
