/** The kind this operator serves: a website of one page. */
import type { KubernetesObject, V1CustomResourceDefinition } from '@kubernetes/client-node'

export interface Website extends KubernetesObject {
  spec: { title: string }
  status?: { observedGeneration?: number; page?: string }
}

export const of = { group: 'example.com', version: 'v1', plural: 'websites' } as const

export const crd: V1CustomResourceDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'websites.example.com' },
  spec: {
    group: of.group,
    scope: 'Namespaced',
    names: { plural: of.plural, singular: 'website', kind: 'Website', shortNames: ['web'] },
    versions: [
      {
        name: of.version,
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [{ name: 'Page', type: 'string', jsonPath: '.status.page' }],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['title'],
                properties: { title: { type: 'string', maxLength: 100 } },
                x_kubernetes_validations: [{ rule: "self.title != ''", message: 'a website needs a title' }],
              },
              status: { type: 'object', properties: { observedGeneration: { type: 'integer' }, page: { type: 'string' } } },
            },
          },
        },
      },
    ],
  },
}
