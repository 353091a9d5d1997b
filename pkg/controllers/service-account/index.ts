/** ServiceAccount: every namespace has one named "default". In: Namespaces, ServiceAccounts. Out: ServiceAccounts. Upstream: pkg/controller/serviceaccount. */
import { namespaces, serviceAccounts } from '#api/gen/resources.ts'
import { isAlreadyExists } from '#apimachinery/status-error.ts'
import { type Controller, input, output } from '#runtime/types.ts'
import { isNamespaceTerminating } from '../workload/pod-control.ts'

export function serviceAccountController(): Controller {
  return {
    name: 'serviceaccount-controller',
    account: 'service-account-controller',
    inputs: [
      input(namespaces, { keys: ({ metadata }, change) => (change === 'delete' ? [] : [metadata.name]) }),
      input(serviceAccounts, { keys: ({ metadata }, change) => (change === 'delete' && metadata.name === 'default' ? [metadata.namespace!] : []) }),
    ],
    outputs: [output(serviceAccounts)],
    async reconcile(namespace, { client, cache }) {
      const found = cache(namespaces).byKey(namespace)
      if (!found || found.status?.phase === 'Terminating' || found.metadata.deletionTimestamp) return
      if (cache(serviceAccounts).get(namespace, 'default')) return
      try {
        await client.create(serviceAccounts, { metadata: { namespace, name: 'default' } })
      } catch (error) {
        if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error
      }
    },
  }
}
