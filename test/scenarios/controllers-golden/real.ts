/**
 * The real control plane that is recorded from: `K8TS_REAL_API` is its address, `K8TS_REAL_API_TOKEN` a token of system:masters. Such a thing
 * is kube-apiserver 1.36 on an etcd of its own, kube-controller-manager 1.36 with all controllers beside it, and nothing else.
 */
import { createHttpsTransport } from '#client/https-transport.ts'
import { createClient } from '#client/rest.ts'
import type { Client } from '#client/types.ts'

export function realClient(): Client {
  const { K8TS_REAL_API: server, K8TS_REAL_API_TOKEN: token } = process.env
  if (!server || !token) throw new Error('needs K8TS_REAL_API and K8TS_REAL_API_TOKEN: a kube-apiserver 1.36 with its controllers, and a token')
  return createClient(createHttpsTransport({ server, token, insecureSkipTlsVerify: true }), { userAgent: 'k8ts' })
}
