import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApiServer, type TestApiServer } from '../testing.ts'
import { recorded, recordedHashes } from './recorded-1.36.ts'

const every = 'create,delete,deletecollection,get,list,patch,update,watch'
const door = 'get,patch,update'
const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

async function get(control: TestApiServer, path: string, accept = 'application/json'): Promise<any> {
  const response = await control.client.request({ method: 'GET', path, headers: { accept } })
  return JSON.parse(await response.text())
}

function kindOf({ group, version, kind }: { group?: string; version?: string; kind: string }, parent?: string): string {
  return group || version ? `${group}/${version}/${kind}` : kind === parent ? '' : kind
}

function row(words: { groupVersion: string; name: string; kind: string; singular: string; namespaced: boolean; verbs: string; more?: any }, below: string[]) {
  const { groupVersion, name, kind, singular, namespaced, verbs, more } = words
  return [
    groupVersion,
    name,
    kind,
    singular,
    namespaced ? 'namespaced' : 'cluster',
    more?.shortNames ? `[${more.shortNames}]` : '',
    more?.categories ? `=${more.categories}` : '',
    verbs === every ? '' : verbs,
    ...below,
  ]
    .filter((word) => word !== '')
    .join(' ')
}

const verbsOf = (verbs: string[]) => verbs.join(',').replace(new RegExp(`^${door}$`), 'door')

test('everything is served that a default 1.36 server serves, and no more, in aggregated discovery', async () => {
  await using control = await startTestApiServer()
  const items = (await Promise.all(['/api', '/apis'].map((path) => get(control, path, aggregated)))).flatMap((list) => list.items)
  const rows = items.flatMap(({ metadata: { name }, versions }: any) =>
    versions.flatMap(({ version, resources }: any) =>
      resources.map((each: any) =>
        row(
          {
            groupVersion: name ? `${name}/${version}` : version,
            name: each.resource,
            kind: kindOf(each.responseKind),
            singular: each.singularResource,
            namespaced: each.scope === 'Namespaced',
            verbs: each.verbs.join(','),
            more: each,
          },
          (each.subresources ?? []).map((sub: any) => `${sub.subresource}:${kindOf(sub.responseKind, each.responseKind.kind)}:${verbsOf(sub.verbs)}`),
        ),
      ),
    ),
  )
  assert.deepEqual(rows, recorded.trim().split('\n'))
})

test('the lists of each version say the same', async () => {
  await using control = await startTestApiServer()
  const versions = [
    ...new Set(
      recorded
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]!),
    ),
  ]
  const rows: string[] = []
  for (const groupVersion of versions) {
    const { resources } = await get(control, groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`)
    for (const each of resources.filter(({ name }: any) => !name.includes('/'))) {
      const below = resources.filter(({ name }: any) => name.startsWith(`${each.name}/`))
      assert.ok(
        below.every(({ singularName, namespaced }: any) => singularName === '' && namespaced === each.namespaced),
        each.name,
      )
      rows.push(
        row(
          { groupVersion, ...each, singular: each.singularName, kind: kindOf(each), verbs: each.verbs.join(','), more: each },
          below.map((sub: any) => `${sub.name.slice(each.name.length + 1)}:${kindOf(sub, each.kind)}:${verbsOf(sub.verbs)}`),
        ),
      )
    }
  }
  assert.deepEqual(rows, recorded.trim().split('\n'))
})

test('stored kinds tell the hash of the version they are stored in', async () => {
  await using control = await startTestApiServer()
  const hashes = async (path: string) => Object.fromEntries((await get(control, path)).resources.map((each: any) => [each.name, each.storageVersionHash]))
  const core = await hashes('/api/v1')
  assert.deepEqual(Object.fromEntries(Object.entries(core).filter(([, hash]) => hash !== undefined)), recordedHashes)
  assert.deepEqual(await hashes('/apis/autoscaling/v1'), await hashes('/apis/autoscaling/v2'))
  assert.equal((await hashes('/apis/events.k8s.io/v1')).events, recordedHashes.events)
})
