/** A whole API server in this process, for tests of anything that speaks to one. */
import { X509Certificate } from 'node:crypto'
import { createClient } from '#client/rest.ts'
import type { Client } from '#client/types.ts'
import { type ApiServer, type ApiServerOptions, createApiServer } from './server.ts'
import type { Authenticator, UserInfo } from './types.ts'

export interface TestApiServer extends AsyncDisposable {
  readonly server: ApiServer
  /** As system:masters. */
  readonly client: Client
  clientAs(user: UserInfo): Client
}

/** `await using control = await startTestApiServer()`. */
export async function startTestApiServer(options: ApiServerOptions = {}): Promise<TestApiServer> {
  const server = createApiServer(options)
  await server.ready
  const clientAs = (user?: UserInfo) => createClient(server.transport(user), options.clock ? { clock: options.clock } : {})
  return {
    server,
    client: clientAs(),
    clientAs,
    [Symbol.asyncDispose]: () => server.close(),
  }
}

/** The subject's CN and O, as x509 authentication has it. */
export const byCertificate: Authenticator = {
  name: 'x509',
  async authenticate({ clientCertificate }) {
    if (!clientCertificate) return undefined
    const subject = new X509Certificate(clientCertificate).subject.split('\n')
    const of = (name: string) => subject.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1))
    return { name: of('CN')[0] ?? '', groups: of('O') }
  },
}
