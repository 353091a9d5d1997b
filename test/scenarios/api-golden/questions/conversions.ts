/** Conversion by webhook: a definition for each thing that a webhook may answer (`../hooks.ts`), with an object stored in another version. */
import { conversionBehaviours, startHooks } from '../hooks.ts'
import type { Question, Questionnaire } from '../types.ts'

type Json = Record<string, any>
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const group = 'converted.example'
const plural = (name: string) => `${name.replaceAll('-', '')}s`
const things = (name: string, version: string) => `/apis/${group}/${version}/namespaces/default/${plural(name)}`
const schema = {
  openAPIV3Schema: {
    type: 'object',
    properties: {
      spec: { type: 'object', properties: { a: { type: 'string' }, seen: { type: 'string' }, count: { type: 'integer' } } },
      status: { type: 'object', properties: { said: { type: 'string' } } },
    },
  },
}

function definition(name: string, conversion: Json): Question {
  const version = (each: string, storage: boolean) => ({
    name: each,
    served: true,
    storage,
    schema,
    subresources: { status: {}, scale: { specReplicasPath: '.spec.count', statusReplicasPath: '.status.count' } },
  })
  return {
    key: `definition ${name}`,
    method: 'POST',
    path: definitions,
    body: {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural(name)}.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: plural(name), kind: kind(name) },
        versions: [version('v1', true), version('v2', false)],
        conversion,
      },
    },
  }
}
const kind = (name: string): string => plural(name)[0]!.toUpperCase() + plural(name).slice(1)
const thing = (name: string, version: string, object: string, more: Json = {}): Json => ({
  apiVersion: `${group}/${version}`,
  kind: kind(name),
  metadata: { name: object, ...more },
  spec: { a: 'b' },
})

const by = (clientConfig: Json, conversionReviewVersions = ['v1']): Json => ({ strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions } })
const at = (path: string): Json => ({ url: `{{HOOK}}/${path}`, caBundle: '{{CA}}' })
const all: readonly (readonly [string, Json])[] = [
  ...conversionBehaviours.map((name) => [name, by(at(name))] as const),
  ['nobody', by({ url: '{{NOBODY}}/x', caBundle: '{{CA}}' })],
  ['stranger', by({ url: '{{STRANGER}}/convert-well', caBundle: '{{CA}}' })],
  ['untrusted', by({ url: '{{HOOK}}/convert-well' })],
  ['no-service', by({ service: { namespace: 'default', name: 'none', path: '/x', port: 8443 }, caBundle: '{{CA}}' })],
  ['older', by(at('convert-well'), ['v1beta1'])],
  ['older-other-version', by(at('convert-no-type'), ['v1beta1'])],
  ['older-wrong-uid', by(at('convert-wrong-uid'), ['v1beta1'])],
  ['unknown-first', by(at('convert-well'), ['v7', 'v1'])],
]
const labels = { labels: { l: 'm' }, annotations: { n: 'o' }, finalizers: ['example.com/held'] }
const ask = (key: string, method: Question['method'], path: string, body?: unknown, type?: string): Question => ({
  key,
  method,
  path,
  ...(body === undefined ? {} : { body }),
  ...(type ? { headers: { 'content-type': `application/${type}` } } : {}),
})
const dry = '?dryRun=All&fieldManager=golden'

export const conversions: Questionnaire = {
  companion: startHooks,
  setup: all.map(([name, conversion]) => definition(name, conversion)),
  questions: [
    ...all.flatMap(([name]): Question[] => [
      { ...ask(`${name}: is made`, 'POST', things(name, 'v1'), thing(name, 'v1', 'x', labels)), until: '201' },
      ask(`${name}: get`, 'GET', `${things(name, 'v2')}/x`),
      ask(`${name}: list`, 'GET', things(name, 'v2')),
      ask(`${name}: create`, 'POST', `${things(name, 'v2')}${dry}`, thing(name, 'v2', 'y')),
      ask(`${name}: patch`, 'PATCH', `${things(name, 'v2')}/x${dry}`, { spec: { a: 'c' } }, 'merge-patch+json'),
    ]),
    ...['convert-well', 'convert-fails', 'status-500', 'convert-name'].flatMap((name): Question[] => [
      ask(`${name}: put`, 'PUT', `${things(name, 'v2')}/x${dry}`, thing(name, 'v2', 'x')),
      ask(`${name}: apply`, 'PATCH', `${things(name, 'v2')}/x${dry}&force=true`, thing(name, 'v2', 'x'), 'apply-patch+yaml'),
      ask(`${name}: apply a new one`, 'PATCH', `${things(name, 'v2')}/new${dry}`, thing(name, 'v2', 'new'), 'apply-patch+yaml'),
      ask(`${name}: status`, 'PATCH', `${things(name, 'v2')}/x/status${dry}`, { status: { said: 'x' } }, 'merge-patch+json'),
      ask(`${name}: scale`, 'GET', `${things(name, 'v2')}/x/scale`),
      ask(`${name}: delete`, 'DELETE', `${things(name, 'v2')}/x?dryRun=All`),
      ask(`${name}: delete all`, 'DELETE', `${things(name, 'v2')}?dryRun=All`),
      { ...ask(`${name}: table`, 'GET', `${things(name, 'v2')}/x`), headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } },
      { ...ask(`${name}: metadata`, 'GET', `${things(name, 'v2')}/x`), headers: { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' } },
    ]),
  ],
}
