/** The kinds of resource.k8s.io. */
import type { ResourceDefinition } from '#api/types.ts'
import { deviceClass } from './device-class.ts'
import { resourceClaim } from './resource-claim.ts'
import { resourceClaimTemplate } from './resource-claim-template.ts'
import { resourceSlice } from './resource-slice.ts'

export const resourceDefinitions: readonly ResourceDefinition[] = [deviceClass, resourceClaim, resourceClaimTemplate, resourceSlice]
