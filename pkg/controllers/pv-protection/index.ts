/** PV protection: a deleted volume stays while it is bound. In: volumes. Out: their finalizer. Upstream: pkg/controller/volume/pvprotection. */
import { persistentVolumes } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { type Controller, input, output } from '#runtime/types.ts'

const finalizer = 'kubernetes.io/pv-protection'

export function pvProtectionController(): Controller {
  return {
    name: 'persistentvolume-protection-controller',
    account: 'pv-protection-controller',
    inputs: [input(persistentVolumes, { keys: (volume, change) => (change === 'delete' ? [] : [keyOf(volume)]) })],
    outputs: [output(persistentVolumes, 'object', { shared: true })],
    async reconcile(key, { cache, client }) {
      const volume = cache(persistentVolumes).byKey(key)
      if (!volume) return
      const { metadata, status } = volume
      const { deletionTimestamp, finalizers = [] } = metadata
      const has = finalizers.includes(finalizer)
      if (!deletionTimestamp && !has) await client.update(persistentVolumes, { ...volume, metadata: { ...metadata, finalizers: [...finalizers, finalizer] } })
      else if (deletionTimestamp && has && status?.phase !== 'Bound')
        await client.update(persistentVolumes, { ...volume, metadata: { ...metadata, finalizers: finalizers.filter((each) => each !== finalizer) } })
    },
  }
}
