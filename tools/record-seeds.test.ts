import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordSeeds } from './record-seeds.ts'

const prepared = await recordSeeds()

for (const [name, options] of Object.entries({
  'a usual one': {},
  'one with another range for Services': { serviceCidr: '10.5.0.0/16,fd00:5::/112' },
  'one whose server has an address': { advertise: { address: '192.0.2.1', port: 6443 } },
})) {
  test(`a new cluster has the same of the bundle’s prepared texts as of a server that makes everything: ${name}`, async () => {
    const [made, begun] = [await recordSeeds(options), await recordSeeds({ ...options, preparedSeeds: prepared })]
    // What is made through the API comes after what is put into the store at once.
    assert.deepEqual(Object.keys(begun).toSorted(), Object.keys(made).toSorted())
    for (const [key, text] of Object.entries(made)) assert.equal(begun[key], text)
  })
}

test('prepared texts hold all that a new server writes', () => {
  const keys = Object.keys(prepared)
  assert.ok(keys.length > 190, `${keys.length} objects`)
  for (const key of [
    'core/services/default/kubernetes',
    'networking.k8s.io/servicecidrs/kubernetes',
    'apiregistration.k8s.io/apiservices/v1beta1.metrics.k8s.io',
  ])
    assert.ok(keys.includes(`/registry/${key}`), key)
})
