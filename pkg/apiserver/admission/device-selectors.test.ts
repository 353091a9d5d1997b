import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviceClasses, namespaces, resourceClaims, resourceClaimTemplates } from '#api/gen/resources.ts'
import type { StatusError } from '#apimachinery/status-error.ts'
import { compileDeviceSelector } from '#cel/device-selector.ts'
import { startTestApiServer } from '../testing.ts'
import { deviceSelectorChecks } from './device-selectors.ts'

const attribute = 'device.attributes["dra.example.com"].name'
// Facts: the costs in compile_test.go of k8s.io/dynamic-resource-allocation 0.36, without list attributes.
const costs: readonly [expression: string, cost: number][] = [
  ['device.attributes["no-such-domain"].noSuchAttr.isGreaterThan(quantity("0"))', 6],
  ['"dra.example.com" in device.attributes', 3],
  ['device.driver == ""', 2],
  ['device.driver == "dra.example.com"', 4],
  [attribute, 4],
  ['device.attributes["dra.example.com"]["name"]', 4],
  ['cel.bind(dra, device.attributes["dra.example.com"], dra.name)', 15],
  [`${attribute} > 0`, 5],
  [`${attribute} == "fish"`, 5],
  [`${attribute}.isGreaterThan(semver("0.0.1"))`, 6],
  [`${attribute}.isGreaterThan(semver("v0.0.1", true)) && isSemver("v1.0.0", true)`, 7],
  ['device.capacity["dra.example.com"].name.isGreaterThan(quantity("1Ki"))', 6],
  ['"name" in device.capacity["dra.example.com"] && device.capacity["dra.example.com"].name.isGreaterThan(quantity("1Ki"))', 10],
  ['!("name" in device.capacity["dra.example.com"]) || device.capacity["dra.example.com"].name.isGreaterThan(quantity("1Ki"))', 11],
  ['device.attributes["dra.example.com"].a && device.attributes["dra.example.com"].b && device.attributes["dra.example.com"].c', 12],
  ['device.attributes.exists_one(x, x == "dra.example.com")', 164],
  ['device.attributes["dra.example.com"].exists_one(x, x == "services")', 133],
  ['device.attributes["dra.example.com"].services.split("example").size() >= 2', 19],
  ['device.attributes["dra.example.com"].services.matches("[^a]?sym")', 18],
  ['device.allowMultipleAllocations == true', 3],
]
const refused: readonly [what: string, expression: string, error: RegExp | string][] = [
  ['what is no expression', '?!', /^Invalid value: "\?!": compilation failed: ERROR: <input>:1:1: Syntax error/],
  ['a number', '1', 'Invalid value: "1": must evaluate to bool or the unknown type, not int'],
  ['what a device has not', 'device.noSuch', /undefined field 'noSuch'/],
  ['a variable that is none', 'devices.driver == ""', /undeclared reference to 'devices'/],
  [
    'what may take too long',
    `[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].all(x, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].all(y, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].all(z, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].all(z2, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].all(z3, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].all(z4, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].all(z5, int('1'.find('[0-9]*')) < 100)))))))`,
    'Forbidden: too complex, exceeds cost limit',
  ],
]
const check = (expression: string) => deviceSelectorChecks.deviceclasses!({ spec: { selectors: [{ cel: { expression } }] } })

for (const [what, expression, error] of refused) {
  test(`a selector that is ${what} is refused`, () => {
    const [first, ...others] = check(expression)
    assert.deepEqual([first?.field, others], ['spec.selectors[0].cel.expression', []])
    if (typeof error === 'string') assert.equal(first?.message, error)
    else assert.match(first?.message ?? '', error)
  })
}

for (const [expression] of costs) test(`a selector ${expression} is accepted`, () => assert.deepEqual(check(expression), []))

test('the most that selectors can cost is what upstream says', () => {
  assert.deepEqual(
    costs.map(([expression]) => [expression, compileDeviceSelector(expression).maxCost]),
    costs,
  )
})

test('selectors of classes, claims and templates are checked where they are written', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const fails = (write: Promise<unknown>) =>
    write.then(
      () => [],
      (error: StatusError) => error.details?.causes?.map(({ field }) => field),
    )
  const selectors = [{ cel: { expression: '1' } }]
  const request = { name: 'r', exactly: { deviceClassName: 'c', selectors } }
  const alternatives = { name: 's', firstAvailable: [{ name: 'a', deviceClassName: 'c', selectors }] }
  const metadata = { namespace: 'default', name: 'x' }
  assert.deepEqual(await fails(client.create(deviceClasses, { metadata: { name: 'c' }, spec: { selectors } } as any)), ['spec.selectors[0].cel.expression'])
  assert.deepEqual(await fails(client.create(resourceClaims, { metadata, spec: { devices: { requests: [request, alternatives] } } } as any)), [
    'spec.devices.requests[0].exactly.selectors[0].cel.expression',
    'spec.devices.requests[1].firstAvailable[0].selectors[0].cel.expression',
  ])
  assert.deepEqual(await fails(client.create(resourceClaimTemplates, { metadata, spec: { spec: { devices: { requests: [request] } } } } as any)), [
    'spec.spec.devices.requests[0].exactly.selectors[0].cel.expression',
  ])
})

test('access to devices of others is for namespaces that are marked for it', async () => {
  await using control = await startTestApiServer()
  const { client } = control
  const request = { name: 'r', exactly: { deviceClassName: 'c', adminAccess: true } }
  const claim = (name: string) => ({ metadata: { namespace: 'lab', name }, spec: { devices: { requests: [request] } } }) as any
  const template = (name: string) => ({ metadata: { namespace: 'lab', name }, spec: { spec: { devices: { requests: [request] } } } }) as any
  const refusal = (write: Promise<unknown>) =>
    write.then(
      () => 'written',
      (error: StatusError) => error.details?.causes?.map(({ field, message }) => `${field}: ${message}`).join(),
    )
  const forbidden = 'Forbidden: admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace'
  await client.create(namespaces, { metadata: { name: 'lab' } } as any)
  assert.equal(await refusal(client.create(resourceClaims, claim('a'))), `spec.devices.requests[0].adminAccess: ${forbidden}`)
  assert.equal(await refusal(client.create(resourceClaimTemplates, template('a'))), `spec.devices.requests[0].adminAccess: ${forbidden}`)

  const label = (value: string | null) =>
    client.patch(namespaces, { name: 'lab' }, { metadata: { labels: { 'resource.kubernetes.io/admin-access': value } } }, { type: 'merge' })
  await label('true')
  assert.equal(await refusal(client.create(resourceClaims, claim('a'))), 'written')
  assert.equal(await refusal(client.create(resourceClaimTemplates, template('a'))), 'written')

  await label(null)
  const allocation = { devices: { results: [{ request: 'r', driver: 'd.example', pool: 'p', device: 'x', adminAccess: true }] } }
  const allocate = () => client.patch(resourceClaims, { namespace: 'lab', name: 'a' }, { status: { allocation } }, { type: 'merge', subresource: 'status' })
  assert.equal(await refusal(allocate()), `status.allocation.devices.results[0].adminAccess: ${forbidden}`)
  await label('true')
  assert.equal(await refusal(allocate()), 'written')
  await label(null)
  const reservedFor = [{ resource: 'pods', name: 'p', uid: 'u' }]
  const reserve = client.patch(resourceClaims, { namespace: 'lab', name: 'a' }, { status: { reservedFor } }, { type: 'merge', subresource: 'status' })
  assert.equal(await refusal(reserve), 'written')
})
