/** The kinds of networking.k8s.io. */
import type { ResourceDefinition } from '#api/types.ts'
import { ingress } from './ingress.ts'
import { ingressClass } from './ingress-class.ts'
import { ipAddress } from './ip-address.ts'
import { networkPolicy } from './network-policy.ts'
import { serviceCidr } from './service-cidr.ts'

export const networkingDefinitions: readonly ResourceDefinition[] = [ingressClass, ingress, ipAddress, networkPolicy, serviceCidr]
