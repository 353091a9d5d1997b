/** The kinds of node.k8s.io. */
import type { ResourceDefinition } from '#api/types.ts'
import { runtimeClass } from './runtime-class.ts'

export const nodeDefinitions: readonly ResourceDefinition[] = [runtimeClass]
