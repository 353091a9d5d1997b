/** What controllers do by flags that a default one is not given: ranges of nodes, few ended pods, migrations of storage. */
import { customResourceDefinitions, nodes, pods, storageVersionMigrations } from '#api/gen/resources.ts'
import type { ResourceRef } from '#apimachinery/object.ts'
import { sleep } from '#base/clock.ts'
import { addNode } from '../nodes-at-work.ts'
import type { Place, Scenario, Step } from '../types.ts'
import { all, change, container, ended, make, podSays, remove, step } from './steps.ts'

const shows = ['podCIDR', 'podCIDRs']
/** A node that is seen twice before it has its range is given two by upstream, one of them in vain; a record is of a run where none was. */
const racingEvents = ['CIDRAssignmentFailed']
const node =
  (end: string, spec: object = {}): Step['act'] =>
  async (place) => {
    await addNode(place, `${place.namespace}-${end}`, {}, undefined, spec)
  }
const gone =
  (end: string): Step['act'] =>
  (place) =>
    remove(nodes, `${place.namespace}-${end}`)(place)

/** Of a range of eight, of which the nodes of all scenarios have one each, and Services one. */
export const rangeScenarios: readonly Scenario[] = [
  {
    name: 'ranges',
    shows,
    racingEvents,
    quietMs: 20_000,
    steps: [
      step('a node', node('one')),
      step('that brings its own', node('own', { podCIDR: '10.244.5.0/24', podCIDRs: ['10.244.5.0/24'] })),
      step('that brings one of elsewhere', node('outside', { podCIDR: '192.168.9.0/24', podCIDRs: ['192.168.9.0/24'] })),
      step('another', node('two')),
      step('the next', node('three')),
      step('the last one', node('four')),
      step('none is left', node('five')),
      step('one is free again', gone('two')),
    ],
  },
]

export const dualRangeScenarios: readonly Scenario[] = [
  {
    name: 'ranges-dual',
    shows,
    racingEvents,
    steps: [
      step('a node', node('one')),
      step('that brings both', node('both', { podCIDR: '10.244.9.0/24', podCIDRs: ['10.244.9.0/24', 'fd00:10:244:9::/64'] })),
      step('that brings one', node('half', { podCIDR: '10.244.3.0/24', podCIDRs: ['10.244.3.0/24'] })),
      step('another', node('two')),
    ],
  },
]

const short = { restartPolicy: 'Never', terminationGracePeriodSeconds: 5, containers: [container()] }
/** Each in a second of its own. */
const endedPod =
  (name: string, code = 0): Step['act'] =>
  async (place) => {
    await make(pods, name, { spec: short }, { labels: { does: `exit-${code}` } })(place)
    await sleep(place.clock, 1100)
  }

export const endedScenarios: readonly Scenario[] = [
  {
    name: 'ended-pods',
    quietMs: 25_000,
    steps: [
      step('as many as may be', all(endedPod('a'), endedPod('b', 1))),
      step('one more', endedPod('c')),
      step('one runs', make(pods, 'running', { spec: short }, { labels: { app: 'web' } })),
      step(
        'it is evicted',
        all(
          podSays('app=web', (at, pod) => ({ ...ended(137)(at, pod), phase: 'Failed', reason: 'Evicted' })),
          (place) => sleep(place.clock, 1100),
          endedPod('d'),
        ),
      ),
    ],
  },
]

const group = 'migrations.example.com'
const stored = (version: string, also: string) => ({
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'things', kind: 'Thing' },
    versions: [version, also].map((name) => ({
      name,
      served: true,
      storage: name === version,
      schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    })),
  },
})
const things: ResourceRef<any> = { group, version: 'v1', plural: 'things', kind: 'Thing', namespaced: true }
const definition = `things.${group}`
const established = async ({ client }: Place): Promise<void> => {
  for (let round = 0; round < 100; round++) {
    const { status } = await client.get(customResourceDefinitions, { name: definition })
    if (status?.conditions?.some(({ type, status: is }: any) => type === 'Established' && is === 'True')) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
const migration = (name: string, resource: object): Step['act'] => make(storageVersionMigrations, name, { spec: { resource } })

export const migrationScenarios: readonly Scenario[] = [
  {
    name: 'migrations',
    // What is not served is waited for. Of kinds that nobody writes, upstream waits for minutes until it hears how new its cache is.
    quietMs: 100_000,
    steps: [
      step(
        'objects of a version',
        all(make(customResourceDefinitions, definition, stored('v1', 'v2')), established, make(things, 'a', { a: 1 }), make(things, 'b', { b: 1 })),
      ),
      step(
        'another is stored',
        all(change(customResourceDefinitions, definition, stored('v2', 'v1')), migration('migrations-one', { group, resource: 'things' })),
      ),
      step('of what is not there', migration('migrations-none', { group: 'example.com', resource: 'nothings' })),
      step('gone', remove(customResourceDefinitions, definition)),
    ],
  },
]
