/** AlwaysAdmit and AlwaysDeny, which upstream keeps for old configurations. The server's own writes are not denied: it could not start. */
import type { AdmissionPlugin } from '../../types.ts'
import { refuse } from '../refuse.ts'

const serverName = 'system:apiserver'

export const alwaysAdmit = (): AdmissionPlugin => ({ name: 'AlwaysAdmit', handles: () => false })

export const alwaysDeny = (): AdmissionPlugin => ({
  name: 'AlwaysDeny',
  handles: ({ user }) => user.name !== serverName,
  admit(attributes) {
    throw refuse(attributes, 'admission control is denying all modifications')
  },
})
