/** A KMS v2 plugin for tests, on a unix socket. What it seals is the text turned round: who can read that can read anything. */
import { loadPackageDefinition, Server, ServerCredentials, status } from '@grpc/grpc-js'
import { kmsDefinition } from './service.ts'

export interface TestKmsPlugin {
  keyId: string
  healthz: string
  /** How often each was asked. */
  readonly asked: Record<'Status' | 'Encrypt' | 'Decrypt', number>
  close(): Promise<void>
}

export async function startTestKmsPlugin(path: string): Promise<TestKmsPlugin> {
  const server = new Server()
  const asked = { Status: 0, Encrypt: 0, Decrypt: 0 }
  const plugin: TestKmsPlugin = {
    keyId: 'key-1',
    healthz: 'ok',
    asked,
    close: () => new Promise((resolve) => server.tryShutdown(() => resolve())),
  }
  const { service } = (loadPackageDefinition(kmsDefinition) as any).v2.KeyManagementService
  server.addService(service, {
    Status: (_: unknown, done: Done) => {
      asked.Status++
      done(null, { version: 'v2', healthz: plugin.healthz, key_id: plugin.keyId })
    },
    Encrypt: ({ request }: any, done: Done) => {
      asked.Encrypt++
      done(null, { ciphertext: turned(request.plaintext), key_id: plugin.keyId, annotations: { 'made.by.test': Buffer.from('yes') } })
    },
    Decrypt: ({ request }: any, done: Done) => {
      asked.Decrypt++
      if (String(request.annotations['made.by.test']) !== 'yes') return done({ code: status.INVALID_ARGUMENT, details: 'no annotations' })
      done(null, { plaintext: turned(request.ciphertext) })
    },
  })
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve())),
  )
  return plugin
}

type Done = (error: object | null, answer?: object) => void

const turned = (bytes: Buffer): Buffer => Buffer.from(bytes).reverse()
