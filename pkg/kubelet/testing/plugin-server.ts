/** A plugin's registration socket in plugins_registry. For tests only. */
import { registrationServices } from '../plugins/messages.ts'
import { serveSocket, type SocketServer } from '../plugins/serve.ts'

export interface Registration {
  readonly type: string
  readonly name: string
  readonly endpoint: string
  readonly versions: readonly string[]
  readonly onStatus?: (status: { plugin_registered: boolean; error: string }) => void
}

export function serveRegistration(socket: string, { type, name, endpoint, versions, onStatus }: Registration): Promise<SocketServer> {
  return serveSocket(socket, registrationServices.Registration!, {
    unary: {
      GetInfo: () => ({ type, name, endpoint, supported_versions: versions }),
      NotifyRegistrationStatus: (status) => {
        onStatus?.(status)
        return {}
      },
    },
  })
}
