/** The kinds of apiregistration.k8s.io. */
import type { ResourceDefinition } from '#api/types.ts'
import { apiService } from './api-service.ts'

export const apiregistrationDefinitions: readonly ResourceDefinition[] = [apiService]
