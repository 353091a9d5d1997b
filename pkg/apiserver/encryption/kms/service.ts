/** The KMS v2 plugin API over a unix socket (k8s.io/kms apis/v2: KeyManagementService). */
import { credentials, type GrpcObject, loadPackageDefinition, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'

export interface KmsStatus {
  readonly version: string
  readonly healthz: string
  readonly keyId: string
}

export interface Sealed {
  readonly ciphertext: Buffer
  readonly keyId: string
  readonly annotations: Readonly<Record<string, Buffer>>
}

export interface KmsService {
  status(): Promise<KmsStatus>
  encrypt(uid: string, plaintext: Buffer): Promise<Sealed>
  decrypt(uid: string, sealed: Sealed): Promise<Buffer>
  close(): void
}

const field = (type: string, id: number) => ({ type, id })
const annotations = (id: number) => ({ keyType: 'string', type: 'bytes', id })

export const kmsDefinition = fromJSON(
  {
    nested: {
      v2: {
        nested: {
          StatusRequest: { fields: {} },
          StatusResponse: { fields: { version: field('string', 1), healthz: field('string', 2), key_id: field('string', 3) } },
          DecryptRequest: { fields: { ciphertext: field('bytes', 1), uid: field('string', 2), key_id: field('string', 3), annotations: annotations(4) } },
          DecryptResponse: { fields: { plaintext: field('bytes', 1) } },
          EncryptRequest: { fields: { plaintext: field('bytes', 1), uid: field('string', 2) } },
          EncryptResponse: { fields: { ciphertext: field('bytes', 1), key_id: field('string', 2), annotations: annotations(3) } },
          KeyManagementService: {
            methods: {
              Status: { requestType: 'StatusRequest', responseType: 'StatusResponse' },
              Decrypt: { requestType: 'DecryptRequest', responseType: 'DecryptResponse' },
              Encrypt: { requestType: 'EncryptRequest', responseType: 'EncryptResponse' },
            },
          },
        },
      },
    },
  } as never,
  { keepCase: true, defaults: true, objects: true },
)

/** `endpoint`: unix:///PATH, or unix:///@NAME for an abstract socket. */
export function kmsService(endpoint: string, timeoutMs: number): KmsService {
  const path = endpoint.replace(/^unix:\/\//, '')
  const address = path.startsWith('/@') ? `unix-abstract:${path.slice(2)}` : `unix:${path}`
  const { KeyManagementService } = (loadPackageDefinition(kmsDefinition) as GrpcObject).v2 as GrpcObject
  const options = { 'grpc.enable_http_proxy': 0, 'grpc.default_authority': 'localhost', 'grpc.max_reconnect_backoff_ms': 1000 }
  const client = new (KeyManagementService as any)(address, credentials.createInsecure(), options)
  const call = (method: string, request: object): Promise<any> =>
    new Promise((resolve, reject) => {
      client[method](request, new Metadata(), { deadline: Date.now() + timeoutMs }, (error: ServiceError | null, answer: object) =>
        error ? reject(new Error(`rpc error: code = ${codeNameOf(error.code)} desc = ${error.details}`, { cause: error })) : resolve(answer),
      )
    })
  return {
    async status() {
      const { version, healthz, key_id: keyId } = await call('Status', {})
      return { version, healthz, keyId }
    },
    async encrypt(uid, plaintext) {
      const { ciphertext, key_id: keyId, annotations } = await call('Encrypt', { plaintext, uid })
      return { ciphertext, keyId, annotations: annotations ?? {} }
    },
    async decrypt(uid, { ciphertext, keyId, annotations }) {
      return (await call('Decrypt', { ciphertext, uid, key_id: keyId, annotations })).plaintext
    },
    close: () => client.close(),
  }
}

/** "DeadlineExceeded" of 4. */
function codeNameOf(code: number): string {
  const name = Object.entries(status).find(([, value]) => value === code)?.[0] ?? String(code)
  return name.toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
