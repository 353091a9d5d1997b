/** DenyServiceExternalIPs: no Service gets an external IP that it does not have already. */
import type { Service } from '#api/gen/core/v1.ts'
import type { AdmissionPlugin } from '../../types.ts'
import { refuse } from '../refuse.ts'
import { isFor } from '../types.ts'

export const denyServiceExternalIps = (): AdmissionPlugin => ({
  name: 'DenyServiceExternalIPs',
  handles: (attributes) => isFor(attributes, '', 'services', ['CREATE', 'UPDATE']),
  validate(attributes) {
    const known = (attributes.oldObject as Service | undefined)?.spec?.externalIPs ?? []
    const wanted = (attributes.object as Service).spec?.externalIPs ?? []
    if (wanted.some((each) => !known.includes(each))) throw refuse(attributes, 'Use of external IPs is denied by admission control')
  },
})
