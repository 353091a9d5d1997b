/**
 * Every resource that a default Kubernetes 1.36 API server serves, in the order of discovery.
 * In: an object in JSON form. Out: its defaults, checks, strategies and table. Upstream: pkg/apis, pkg/registry, pkg/printers.
 */
import { admissionregistrationDefinitions } from './admissionregistration/v1/index.ts'
import { apiextensionsDefinitions } from './apiextensions/v1/index.ts'
import { apiregistrationDefinitions } from './apiregistration/v1/index.ts'
import { appsDefinitions } from './apps/v1/index.ts'
import { authenticationDefinitions } from './authentication/v1/index.ts'
import { authorizationDefinitions } from './authorization/v1/index.ts'
import { autoscalingDefinitions } from './autoscaling/index.ts'
import { batchDefinitions } from './batch/v1/index.ts'
import { certificatesDefinitions } from './certificates/v1/index.ts'
import { coordinationDefinitions } from './coordination/v1/index.ts'
import { coreDefinitions } from './core/v1/index.ts'
import { discoveryDefinitions } from './discovery/v1/index.ts'
import { eventsDefinitions } from './events/v1/index.ts'
import { flowcontrolDefinitions } from './flowcontrol/v1/index.ts'
import { networkingDefinitions } from './networking/v1/index.ts'
import { nodeDefinitions } from './node/v1/index.ts'
import { optionalDefinitions } from './optional.ts'
import { policyDefinitions } from './policy/v1/index.ts'
import { rbacDefinitions } from './rbac/v1/index.ts'
import { resourceDefinitions } from './resource/v1/index.ts'
import { schedulingDefinitions } from './scheduling/v1/index.ts'
import { storageDefinitions } from './storage/v1/index.ts'
import type { ResourceDefinition } from './types.ts'

export type { ResourceDefinition } from './types.ts'

export const definitions: readonly ResourceDefinition[] = [
  ...coreDefinitions,
  ...apiregistrationDefinitions,
  ...appsDefinitions,
  ...eventsDefinitions,
  ...authenticationDefinitions,
  ...authorizationDefinitions,
  ...autoscalingDefinitions,
  ...batchDefinitions,
  ...certificatesDefinitions,
  ...networkingDefinitions,
  ...policyDefinitions,
  ...rbacDefinitions,
  ...storageDefinitions,
  ...admissionregistrationDefinitions,
  ...apiextensionsDefinitions,
  ...schedulingDefinitions,
  ...coordinationDefinitions,
  ...nodeDefinitions,
  ...discoveryDefinitions,
  ...resourceDefinitions,
  ...flowcontrolDefinitions,
]

const all = [...definitions, ...optionalDefinitions.map(({ definition }) => definition)]
const byResource = new Map(all.map((each) => [`${each.group}/${each.version}/${each.plural}`, each]))

/** Of those that are served only when asked for, too. */
export function definitionFor(group: string, version: string, plural: string): ResourceDefinition | undefined {
  return byResource.get(`${group}/${version}/${plural}`)
}
