/** The kinds of discovery.k8s.io. */
import type { ResourceDefinition } from '#api/types.ts'
import { endpointSlice } from './endpoint-slice.ts'

export const discoveryDefinitions: readonly ResourceDefinition[] = [endpointSlice]
