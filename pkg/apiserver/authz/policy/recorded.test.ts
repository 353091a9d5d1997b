/**
 * The default policy held against what a kube-apiserver 1.36.1 wrote into its own store on its first start. `testdata/recorded-1.36.json`
 * is its answer to a list of each of the four kinds, by "KIND NAMESPACE/NAME", without what every object has (identity, times, the
 * bootstrapping label where it is the only one, the autoupdate annotation).
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { defaultPolicy } from './objects.ts'

const recorded: Readonly<Record<string, unknown>> = JSON.parse(readFileSync(new URL('testdata/recorded-1.36.json', import.meta.url), 'utf8'))

/** Parts of this product that upstream leaves to others' programs, or has not. */
const ours = new Set([
  ...['k8ts:network', 'system:controller:ingress-controller', 'system:controller:kubelet-serving-approver'].flatMap(clusterWide),
  ...['system:controller:local-path-provisioner', 'system:controller:service-lb-controller'].flatMap(clusterWide),
  ...['k8ts:dns', 'k8ts:cloud-controller-manager'].flatMap((name) => [`roles kube-system/${name}`, `rolebindings kube-system/${name}`]),
])

function clusterWide(name: string): string[] {
  return [`clusterroles ${name}`, `clusterrolebindings ${name}`]
}

const written = Object.fromEntries(
  defaultPolicy.flatMap(({ of, objects }) =>
    objects().map(({ metadata, ...object }) => [`${of.plural} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`, { metadata, ...object }]),
  ),
)

test('the default policy has the roles and bindings of upstream, each rule in its place', () => {
  for (const [key, expected] of Object.entries(recorded)) {
    const { metadata, apiVersion: _, kind: __, ...content } = written[key] as any
    const { 'kubernetes.io/bootstrapping': defaults, ...labels } = metadata.labels
    assert.equal(defaults, 'rbac-defaults', key)
    const labelled = Object.keys(labels).length === 0 ? {} : { labels: metadata.labels }
    assert.deepEqual(withoutEmpty({ ...labelled, ...content }), withoutEmpty(expected as object), key)
  }
})

test('nothing else is in it but what this product adds', () => {
  assert.deepEqual(
    Object.keys(written)
      .filter((key) => !(key in recorded))
      .sort(),
    [...ours].sort(),
  )
})

/** An empty list and none are the same on the wire. */
function withoutEmpty(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => !(Array.isArray(value) && value.length === 0)))
}
