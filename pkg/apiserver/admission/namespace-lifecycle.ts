/** NamespaceLifecycle: nothing is made in a namespace that is not there or is going, and three namespaces stay. */
import { namespaces } from '#api/gen/resources.ts'
import { forbidden, notFound, StatusError } from '#apimachinery/status-error.ts'
import { cachedReader } from '../cached-reader.ts'
import type { AdmissionPlugin } from '../types.ts'
import { refuse } from './refuse.ts'
import type { AdmissionContext } from './types.ts'

const immortal = new Set(['default', 'kube-system', 'kube-public'])
/** After a deletion the cache may still show the namespace as it was. */
const distrustMs = 30_000
const maxDistrusted = 100

export function namespaceLifecycle(context: AdmissionContext): AdmissionPlugin {
  const reader = cachedReader(context, namespaces)
  const distrusted = new Map<string, number>()
  const distrust = (name: string): void => {
    if (distrusted.size >= maxDistrusted) distrusted.delete(distrusted.keys().next().value!)
    distrusted.set(name, context.clock.now() + distrustMs)
  }
  return {
    name: 'NamespaceLifecycle',
    handles: ({ operation, group, resource, namespace }) => operation !== 'CONNECT' && (namespace !== '' || (group === '' && resource === 'namespaces')),
    async admit(attributes) {
      const { operation, group, resource, name, namespace, subresource } = attributes
      if (group === '' && resource === 'namespaces') {
        if (operation !== 'DELETE' || subresource !== '') return
        if (immortal.has(name)) throw forbidden({ group, resource }, name, 'this namespace may not be deleted')
        distrust(name)
        return
      }
      if (operation === 'DELETE' || (group === 'authorization.k8s.io' && resource === 'localsubjectaccessreviews')) return
      const live = (distrusted.get(namespace) ?? 0) > context.clock.now()
      const found = await (live ? reader.getLive(undefined, namespace) : reader.get(undefined, namespace))
      if (!found) throw notFound({ group: '', resource: 'namespaces' }, namespace)
      if (operation !== 'CREATE' || (found.status?.phase !== 'Terminating' && !found.metadata.deletionTimestamp)) return
      const { code, reason, message, details } = refuse(attributes, `unable to create new content in namespace ${namespace} because it is being terminated`)
      const cause = { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }
      throw new StatusError({ code, reason, message, details: { ...details, causes: [cause] } })
    },
  }
}
