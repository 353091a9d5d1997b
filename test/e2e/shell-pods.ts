/** Pods that run a shell script out of a small image, and what they said: for tests of the node. */
import { join } from 'node:path'
import type { Container, Pod, PodSpec } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import type { Client } from '#client/types.ts'
import { writeTestImages } from '#kubelet/testing/test-image.ts'
import { type E2eCluster, eventually } from './cluster.ts'

export const shellImage = 'test.local/tools:1'
export const unprivilegedImage = 'test.local/user:1'

/** Loads an image with a shell and a few tools, and one whose user is not root. */
export async function loadShellImages(cluster: E2eCluster): Promise<void> {
  const archive = join(cluster.dataDir, 'shell-images.tar')
  await writeTestImages(archive, [{ name: shellImage }, { name: unprivilegedImage, user: '65534' }])
  await cluster.k8ts(['image', 'load', archive])
}

export const shell = (name: string, script: string, more: Partial<Container> = {}): Container => ({
  name,
  image: shellImage,
  command: ['sh', '-c', script],
  resources: {},
  ...more,
})

/** A script that runs until it is told to end, and then ends well. */
export const untilTold = 'trap "exit 0" TERM; while true; do sleep 0.1; done'

export function createPod(
  client: Client,
  name: string,
  spec: Partial<PodSpec> & Pick<PodSpec, 'containers'>,
  metadata: Partial<Pod['metadata']> = {},
): Promise<Pod> {
  return client.create(pods, {
    metadata: { name, namespace: 'default', ...metadata },
    spec: { terminationGracePeriodSeconds: 1, restartPolicy: 'Never', ...spec },
  } as never)
}

export const podNow = (client: Client, name: string): Promise<Pod> => client.get(pods, { namespace: 'default', name })

export function podWhere(client: Client, name: string, what: string, is: (pod: Pod) => unknown, timeoutMs = 30_000): Promise<Pod> {
  return eventually(
    `pod ${name}: ${what}`,
    async () => {
      const pod = await podNow(client, name)
      if (is(pod)) return pod
      const { phase, reason, message, containerStatuses, initContainerStatuses } = pod.status
      throw new Error(JSON.stringify({ phase, reason, message, containerStatuses, initContainerStatuses }))
    },
    timeoutMs,
  )
}

export async function logOf(client: Client, name: string, query = ''): Promise<string> {
  const response = await client.request({ method: 'GET', path: `/api/v1/namespaces/default/pods/${name}/log${query}` })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`log of ${name}: ${response.status} ${text}`)
  return text
}

/** Runs one script to its end in a pod of its own, and answers what it printed; any exit code but 0 is an error. */
export async function runScript(
  client: Client,
  name: string,
  script: string,
  spec: Partial<PodSpec> = {},
  container: Partial<Container> = {},
): Promise<string> {
  await createPod(client, name, { ...spec, containers: [shell('main', script, container)] })
  const pod = await podWhere(client, name, 'has ended', ({ status }) => status.phase === 'Succeeded' || status.phase === 'Failed')
  const log = await logOf(client, name)
  if (pod.status.phase !== 'Succeeded') throw new Error(`pod ${name} failed: ${JSON.stringify(pod.status.containerStatuses)}\n${log}`)
  return log
}

export async function goneFrom(client: Client, name: string, timeoutMs = 30_000): Promise<void> {
  await eventually(
    `pod ${name} is gone`,
    async () => (await client.list(pods, { namespace: 'default', fieldSelector: `metadata.name=${name}` })).items.length === 0,
    timeoutMs,
  )
}
