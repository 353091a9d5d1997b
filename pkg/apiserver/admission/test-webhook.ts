/** A webhook over TLS for tests, which answers as it is told and keeps what it was asked. */
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generateKeys, issueCa, issueLeaf } from '#cluster/pki/issue.ts'

export interface TestWebhook extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Base64, as configurations carry it. */
  readonly caBundle: string
  readonly requests: any[]
}

/** `answer` gets the review's request, and gives what is put beside the uid in the response (or under another key). */
export async function startTestWebhook(answer: (request: any) => object | Promise<object>): Promise<TestWebhook> {
  const now = Date.now()
  const [caKeys, keys] = [await generateKeys(), await generateKeys()]
  const certificate = await issueCa('webhook-ca', caKeys, now)
  const names = { commonName: 'webhook', dnsNames: ['localhost', 'hook.default.svc'], addresses: ['127.0.0.1'], usages: ['server'] } as const
  const leaf = await issueLeaf(names, { certificate, key: caKeys.privateKey }, keys.publicKey, now)
  const requests: any[] = []
  const server = createServer({ key: keys.privateKey, cert: leaf }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const { kind, apiVersion, request: asked } = JSON.parse(Buffer.concat(chunks).toString()) as any
      requests.push(asked)
      const given = await answer(asked)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ kind, apiVersion, response: { uid: asked.uid, ...given } }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `https://127.0.0.1:${port}/hook`,
    port,
    caBundle: Buffer.from(certificate).toString('base64'),
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
