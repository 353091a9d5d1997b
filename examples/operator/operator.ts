/**
 * An operator with nothing but @kubernetes/client-node: for every Website a ConfigMap with its page. A finalizer holds the Website
 * until its page is gone; the status says which generation the page is of.
 */
import { ApiException, CoreV1Api, CustomObjectsApi, type Informer, type KubeConfig, makeInformer } from '@kubernetes/client-node'
import { of, type Website } from './crd.ts'

const finalizer = 'example.com/page'

export interface Operator {
  /** Stops watching and waits for what is under way. */
  stop(): Promise<void>
}

/** `onError` is told of what failed and is tried again with the object's next change or the next list. */
export async function startOperator(kubeConfig: KubeConfig, onError: (error: unknown) => void): Promise<Operator> {
  const websites = kubeConfig.makeApiClient(CustomObjectsApi)
  const core = kubeConfig.makeApiClient(CoreV1Api)
  const informer: Informer<Website> = makeInformer<Website>(kubeConfig, `/apis/${of.group}/${of.version}/${of.plural}`, () =>
    websites.listClusterCustomObject(of),
  )
  let work: Promise<void> = Promise.resolve()
  let stopped = false

  const reconcile = async (website: Website): Promise<void> => {
    const { name, namespace, finalizers = [], deletionTimestamp, generation } = website.metadata as Required<NonNullable<Website['metadata']>>
    const place = { ...of, namespace, name }
    const page = `${name}-page`
    if (deletionTimestamp) {
      if (!finalizers.includes(finalizer)) return
      await ignoring(404, core.deleteNamespacedConfigMap({ namespace, name: page }))
      const left = finalizers.filter((each) => each !== finalizer)
      await websites.replaceNamespacedCustomObject({ ...place, body: { ...website, metadata: { ...website.metadata, finalizers: left } } })
      return
    }
    if (!finalizers.includes(finalizer)) {
      // The change comes back by the watch, and the rest is done then.
      await websites.replaceNamespacedCustomObject({
        ...place,
        body: { ...website, metadata: { ...website.metadata, finalizers: [...finalizers, finalizer] } },
      })
      return
    }
    if (website.status?.observedGeneration === generation) return
    const body = { metadata: { name: page }, data: { 'index.html': `<h1>${website.spec.title}</h1>` } }
    const there = await ignoring(404, core.readNamespacedConfigMap({ namespace, name: page }))
    if (there) await core.replaceNamespacedConfigMap({ namespace, name: page, body })
    else await core.createNamespacedConfigMap({ namespace, body })
    await websites.replaceNamespacedCustomObjectStatus({ ...place, body: { ...website, status: { observedGeneration: generation, page } } })
  }

  /** One after another; whoever lost a race is told again by the watch. */
  const enqueue = (website: Website): void => {
    work = work.then(() => (stopped ? undefined : ignoring(409, reconcile(website)).then(() => {}))).catch(onError)
  }
  informer.on('add', enqueue)
  informer.on('update', enqueue)
  informer.on('error', (error) => {
    if (stopped) return
    onError(error)
    setTimeout(() => void (stopped || informer.start().catch(onError)), 1000).unref()
  })
  await informer.start()
  return {
    async stop() {
      stopped = true
      await informer.stop()
      await work
    },
  }
}

/** Undefined where the API answers with that code. */
async function ignoring<T>(code: number, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ApiException && error.code === code) return undefined
    throw error
  }
}
