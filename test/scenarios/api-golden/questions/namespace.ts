/** The namespace that every list of questions works in. */
import type { Question } from '../types.ts'

export const inNamespace: readonly Question[] = [
  { key: 'namespace', method: 'POST', path: '/api/v1/namespaces', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'golden' } } },
  {
    key: 'service account',
    method: 'POST',
    path: '/api/v1/namespaces/golden/serviceaccounts',
    body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'golden' } },
  },
]
