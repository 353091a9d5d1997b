/** Root CA: every namespace has the cluster's CA in a ConfigMap. In: Namespaces, those ConfigMaps. Out: ConfigMaps. Upstream: pkg/controller/certificates/rootcacertpublisher. */
import { configMaps, namespaces } from '#api/gen/resources.ts'
import { isAlreadyExists, StatusError } from '#apimachinery/status-error.ts'
import { exponentialBounds, MetricSet } from '#base/metric-set.ts'
import { type Controller, type ControllerContext, input, output } from '#runtime/types.ts'
import type { ControllerSettings } from '../types.ts'
import { isNamespaceTerminating } from '../workload/pod-control.ts'

const name = 'kube-root-ca.crt'
const scope = { fieldSelector: `metadata.name=${name}` }
const annotations = {
  'kubernetes.io/description':
    'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
}

export function rootCaController({ rootCa }: ControllerSettings): Controller {
  const data = { 'ca.crt': rootCa }
  const metrics = new MetricSet()
  const syncs = metrics.counter('root_ca_cert_publisher_sync_total', 'Number of namespace syncs happened in root ca cert publisher')
  const duration = metrics.histogram('root_ca_cert_publisher_sync_duration_seconds', 'How long namespace syncs took', exponentialBounds(0.001, 2, 15))
  return {
    name: 'root-ca-certificate-publisher-controller',
    account: 'root-ca-cert-publisher',
    metrics,
    inputs: [
      input(namespaces, { keys: ({ metadata }, change) => (change === 'delete' ? [] : [metadata.name]) }),
      input(configMaps, { scope, keys: ({ metadata }) => (metadata.name === name ? [metadata.namespace!] : []) }),
    ],
    outputs: [output(configMaps)],
    async reconcile(namespace, context) {
      const { clock } = context
      const begun = clock.now()
      let code = '200'
      try {
        await publish(namespace, context)
      } catch (error) {
        code = String(error instanceof StatusError ? error.code : 500)
        throw error
      } finally {
        syncs.add({ code })
        duration.observe((clock.now() - begun) / 1000, { code })
      }
    },
  }

  async function publish(namespace: string, { client, cache }: ControllerContext): Promise<void> {
    const found = cache(namespaces).byKey(namespace)
    if (!found || found.metadata.deletionTimestamp) return
    const current = cache(configMaps, scope).get(namespace, name)
    if (!current) {
      try {
        await client.create(configMaps, { metadata: { namespace, name, annotations }, data })
      } catch (error) {
        if (!isNamespaceTerminating(error) && !isAlreadyExists(error)) throw error
      }
      return
    }
    const same = current.data?.['ca.crt'] === rootCa && Object.keys(current.data).length === 1
    const described = Object.entries(annotations).every(([key, value]) => current.metadata.annotations?.[key] === value)
    if (same && described) return
    await client.update(configMaps, { ...current, metadata: { ...current.metadata, annotations: { ...current.metadata.annotations, ...annotations } }, data })
  }
}
