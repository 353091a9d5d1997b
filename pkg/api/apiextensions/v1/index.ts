/** The kinds of apiextensions.k8s.io. */
import type { ResourceDefinition } from '#api/types.ts'
import { customResourceDefinition } from './custom-resource-definition.ts'

export const apiextensionsDefinitions: readonly ResourceDefinition[] = [customResourceDefinition]
