import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ValidatingAdmissionPolicy } from '#api/gen/admissionregistration/v1.ts'
import { customResourceDefinitions, validatingAdmissionPolicies } from '#api/gen/resources.ts'
import { startTestApiServer } from '#apiserver/testing.ts'
import { validatingAdmissionPolicyStatusController } from './index.ts'

const crd: any = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', singular: 'widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { size: { type: 'integer' }, port: { 'x-kubernetes-int-or-string': true } } } },
          },
        },
      },
    ],
  },
}

const rules = (apiGroup: string, apiVersion: string, ...resources: string[]) => ({
  resourceRules: [{ apiGroups: [apiGroup], apiVersions: [apiVersion], operations: ['CREATE', 'UPDATE'], resources }],
})

test("a policy's status says which expressions do not fit the schemas of its kinds", async (t) => {
  const api = await startTestApiServer()
  t.after(() => api[Symbol.asyncDispose]())
  await api.client.create(customResourceDefinitions, crd)
  const controller = validatingAdmissionPolicyStatusController()
  const warningsOf = async (name: string, spec: object) => {
    const policy: ValidatingAdmissionPolicy = await api.client.create(validatingAdmissionPolicies, { metadata: { name }, spec } as any)
    await controller.reconcile(name, { client: api.client, cache: () => ({ byKey: () => policy }) } as any)
    const { status } = await api.client.get(validatingAdmissionPolicies, { name })
    assert.equal(status?.observedGeneration, policy.metadata.generation)
    return status?.typeChecking?.expressionWarnings ?? []
  }
  const fine = [
    'object.spec.replicas > 1 && object.spec.template.spec.containers.all(c, has(c.resources) && c.image.startsWith("a"))',
    'object.metadata.labels["a"] == "b" && oldObject == null || request.userInfo.username == "x"',
    'namespaceObject.metadata.name == "a" && authorizer.group("apps").resource("deployments").check("get").allowed()',
    'quantity(object.spec.template.spec.containers[0].resources.limits["cpu"]).isLessThan(quantity("1")) && variables.most > 2',
  ]
  const variables = [{ name: 'most', expression: 'object.spec.replicas + 1' }]
  assert.deepEqual(
    await warningsOf('fine', { matchConstraints: rules('apps', 'v1', 'deployments'), variables, validations: fine.map((expression) => ({ expression })) }),
    [],
  )
  const two = { matchConstraints: rules('apps', 'v1', 'daemonsets', 'deployments', 'deployments/scale'), variables }
  const validations = [
    { expression: 'object.spec.replicas > 1', messageExpression: '"have " + object.spec.minReadySeconds' },
    // Of this the API server sees only that it may be a number.
    { expression: 'variables.most > 1 && object.spec.least > 1' },
  ]
  assert.deepEqual(await warningsOf('broken', { ...two, validations }), [
    {
      fieldRef: 'spec.validations[0].expression',
      warning: `apps/v1, Kind=DaemonSet: ERROR: <input>:1:12: undefined field 'replicas'\n | object.spec.replicas > 1\n | ...........^\n`,
    },
    {
      fieldRef: 'spec.validations[0].messageExpression',
      warning: ['DaemonSet', 'Deployment']
        .map(
          (kind) =>
            `apps/v1, Kind=${kind}: ERROR: <input>:1:9: found no matching overload for '_+_' applied to '(string, int)'\n | "have " + object.spec.minReadySeconds\n | ........^\n`,
        )
        .join('\n'),
    },
    {
      fieldRef: 'spec.validations[1].expression',
      warning: ['DaemonSet', 'Deployment']
        .map(
          (kind) =>
            `apps/v1, Kind=${kind}: ERROR: <input>:1:34: undefined field 'least'\n | variables.most > 1 && object.spec.least > 1\n | .................................^\n`,
        )
        .join('\n'),
    },
  ])
  const custom = await warningsOf('custom', {
    matchConstraints: rules('example.com', 'v1', 'widgets'),
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    validations: [
      { expression: 'object.spec.size < int(params.data["most"]) && object.spec.port == 80' },
      { expression: 'params.dada == {}' },
      { expression: 'object.spec.colour == "red"' },
    ],
  })
  assert.deepEqual(
    custom.map(({ fieldRef, warning }) => [fieldRef, warning.split('\n')[0]]),
    [
      ['spec.validations[1].expression', "example.com/v1, Kind=Widget: ERROR: <input>:1:7: undefined field 'dada'"],
      ['spec.validations[2].expression', "example.com/v1, Kind=Widget: ERROR: <input>:1:12: undefined field 'colour'"],
    ],
  )
  assert.deepEqual(await warningsOf('wild', { matchConstraints: rules('*', '*', 'pods'), validations: [{ expression: 'object.nothing == 1' }] }), [])
})
