/** The definition that tests are made with, and how to wait for it. */
import type { CustomResourceDefinition } from '#api/gen/apiextensions/v1.ts'
import { customResourceDefinitions } from '#api/gen/resources.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import type { Client } from '#client/types.ts'

export interface CronTab extends KubeObject {
  spec?: { cronSpec?: string; image?: string; replicas?: number; suspended?: boolean; ports?: { name: string; port?: number }[]; extra?: unknown }
  status?: { replicas?: number; labelSelector?: string }
}
export const crontabs: ResourceRef<CronTab> = { group: 'stable.example.com', version: 'v1', plural: 'crontabs', kind: 'CronTab', namespaced: true }

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['cronSpec'],
      properties: {
        cronSpec: { type: 'string', pattern: '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$' },
        image: { type: 'string', default: 'busybox' },
        replicas: { type: 'integer', minimum: 1, maximum: 10, default: 1 },
        suspended: { type: 'boolean', nullable: true },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, port: { 'x-kubernetes-int-or-string': true } } },
        },
        extra: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: { type: 'object', properties: { replicas: { type: 'integer' }, labelSelector: { type: 'string' } } },
  },
}

export function cronTabDefinition(): CustomResourceDefinition {
  return {
    metadata: { name: 'crontabs.stable.example.com' },
    spec: {
      group: 'stable.example.com',
      scope: 'Namespaced',
      names: { plural: 'crontabs', kind: 'CronTab', shortNames: ['ct'], categories: ['all'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: {
            status: {},
            scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.labelSelector' },
          },
          additionalPrinterColumns: [
            { name: 'Spec', type: 'string', jsonPath: '.spec.cronSpec' },
            { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
          ],
          selectableFields: [{ jsonPath: '.spec.image' }],
        },
      ],
    },
  } as unknown as CustomResourceDefinition
}

/** Creates it and waits until it is served. */
export async function define(client: Client, crd: CustomResourceDefinition): Promise<CustomResourceDefinition> {
  const created = await client.create(customResourceDefinitions, crd)
  return until(
    client,
    created.metadata.name,
    (each) => each.status.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true,
  )
}

export async function until(client: Client, name: string, holds: (crd: CustomResourceDefinition) => boolean): Promise<CustomResourceDefinition> {
  const signal = AbortSignal.timeout(5000)
  for await (const { object } of client.watch(customResourceDefinitions, { fieldSelector: `metadata.name=${name}`, signal, resourceVersion: '0' })) {
    if (holds(object)) return object
  }
  throw new Error('the watch ended')
}
