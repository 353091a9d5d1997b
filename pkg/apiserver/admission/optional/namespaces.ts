/** NamespaceAutoProvision makes a namespace that something is created in; NamespaceExists refuses what is in none. */
import { namespaces } from '#api/gen/resources.ts'
import { isAlreadyExists, notFound } from '#apimachinery/status-error.ts'
import { cachedReader } from '../../cached-reader.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts'
import { refuse } from '../refuse.ts'
import type { AdmissionContext } from '../types.ts'

const isInNamespace = ({ namespace, group, kind }: AdmissionAttributes): boolean => namespace !== '' && !(group === '' && kind === 'Namespace')

export function namespaceAutoProvision(context: AdmissionContext): AdmissionPlugin {
  const reader = cachedReader(context, namespaces)
  return {
    name: 'NamespaceAutoProvision',
    handles: (attributes) => attributes.operation === 'CREATE' && !attributes.dryRun && isInNamespace(attributes),
    async admit(attributes) {
      const { namespace } = attributes
      if (reader.cached(undefined, namespace)) return
      await context.client.create(namespaces, { metadata: { name: namespace } }).catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw refuse(attributes, (error as Error).message)
      })
    },
  }
}

export function namespaceExists(context: AdmissionContext): AdmissionPlugin {
  const reader = cachedReader(context, namespaces)
  return {
    name: 'NamespaceExists',
    handles: (attributes) => attributes.operation !== 'CONNECT' && isInNamespace(attributes),
    async validate({ namespace }) {
      if (!(await reader.get(undefined, namespace))) throw notFound({ group: '', resource: 'namespaces' }, namespace)
    },
  }
}
