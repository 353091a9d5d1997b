import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ConnectionOptions, connect, createServer } from 'node:tls'
import { createClusterPki } from '#cluster/pki/cluster-pki.ts'
import { tlsErrors, tlsLimits } from './tls-settings.ts'

test('suites, curves and versions that Go does not know are refused', () => {
  assert.deepEqual(tlsErrors({ tlsMinVersion: 'VersionTLS9', tlsCipherSuites: ['TLS_NONE', 'TLS_AES_128_GCM_SHA256'], tlsCurvePreferences: [23, 99] }), [
    'unknown tls version "VersionTLS9"',
    "Cipher suite TLS_NONE not supported or doesn't exist",
    'tlsCurvePreferences: curve 99 is not supported',
  ])
  assert.deepEqual(tlsErrors({}), [])
})

test('a server agrees on the suites and curves that are named, and on those of TLS 1.3 always', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'k8ts-tls-'))
  const { nodes } = await createClusterPki(directory, { addresses: [], nodes: [{ name: 'n1', addresses: ['127.0.0.1'] }] })
  const { certificate, key } = nodes.n1!.serving
  const suites = ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256']
  const server = createServer({ cert: certificate, key, ...tlsLimits({ tlsCipherSuites: suites, tlsCurvePreferences: [24] }) }, (socket) => socket.end())
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    rmSync(directory, { recursive: true })
  })
  const agreed = (options: ConnectionOptions): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, rejectUnauthorized: false, ...options }, () => {
        resolve(socket.getCipher().standardName)
        socket.destroy()
      })
      socket.on('error', reject)
    })
  assert.match(await agreed({ maxVersion: 'TLSv1.2' }), /^TLS_ECDHE_(ECDSA|RSA)_WITH_AES_128_GCM_SHA256$/)
  assert.match(await agreed({}), /^TLS_AES_/)
  await assert.rejects(agreed({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384' }))
  await assert.rejects(agreed({ ecdhCurve: 'P-256' }))
})
