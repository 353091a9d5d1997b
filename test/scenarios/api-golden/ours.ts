/** Our API server, whole (authentication, RBAC, every admission plugin), over TLS on loopback and in memory. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AssembleOptions, assembleApiServer } from '#apiserver/assemble.ts'
import { createClusterPki } from '#cluster/pki/cluster-pki.ts'
import { optionsOf, parseFlags } from '#apiserver/flags/index.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import type { Questionnaire, Target } from './types.ts'

export async function startOurs(
  more: Partial<AssembleOptions> = {},
  { flags = [], files = {}, proxies }: Pick<Questionnaire, 'flags' | 'files' | 'proxies'> = {},
): Promise<Target & AsyncDisposable> {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-api-golden-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  const flagged = flags.length > 0 ? optionsOf(parseFlags(flags.join('\n').replaceAll('DIR', dir)), { clock: systemClock, log: silentLogger }) : {}
  const pki = await createClusterPki(dir, { addresses: [], nodes: [] })
  const { server, ready, close } = assembleApiServer({
    serviceAccountKey: pki.serviceAccount.privateKey,
    clientCa: pki.ca.certificate,
    frontProxyCa: pki.frontProxyCa.certificate,
    ...(proxies ? { proxyClient: pki.frontProxyClient } : {}),
    ...flagged,
    ...more,
  })
  await ready
  const { port } = await server.listen({ port: 0, tls: { cert: pki.apiServer.certificate, key: pki.apiServer.key, clientCa: pki.ca.certificate } })
  return {
    server: `https://127.0.0.1:${port}`,
    tls: { cert: pki.admin.certificate, key: pki.admin.key, ca: pki.ca.certificate },
    async [Symbol.asyncDispose]() {
      await close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
