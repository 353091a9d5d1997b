/**
 * The real API server that is compared with: `K8TS_REAL_API` is its address, `K8TS_REAL_API_TOKEN` a token of system:masters.
 * Such a server is kube-apiserver of 1.36 on an etcd of its own, with nothing beside it, authorization Node and RBAC.
 */
import type { Target } from './types.ts'

export function realTarget(): Target {
  const { K8TS_REAL_API: server, K8TS_REAL_API_TOKEN: token } = process.env
  if (!server || !token) throw new Error('needs K8TS_REAL_API and K8TS_REAL_API_TOKEN: the address of a kube-apiserver 1.36, and a token')
  return { server, headers: { authorization: `Bearer ${token}` }, tls: { rejectUnauthorized: false } }
}
