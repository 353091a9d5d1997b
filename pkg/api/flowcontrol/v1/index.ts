/** The kinds of flowcontrol.apiserver.k8s.io. */
import type { ResourceDefinition } from '#api/types.ts'
import { flowSchema } from './flow-schema.ts'
import { priorityLevelConfiguration } from './priority-level-configuration.ts'

export const flowcontrolDefinitions: readonly ResourceDefinition[] = [flowSchema, priorityLevelConfiguration]
