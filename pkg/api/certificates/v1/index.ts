/** The kinds of certificates.k8s.io. */
import type { ResourceDefinition } from '#api/types.ts'
import { certificateSigningRequest } from './certificate-signing-request.ts'

export const certificatesDefinitions: readonly ResourceDefinition[] = [certificateSigningRequest]
