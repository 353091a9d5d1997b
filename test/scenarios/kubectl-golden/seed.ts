/** Fills an API server with objects of every kind, statuses included, through the client. */
import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import * as resources from '#api/gen/resources.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import type { Client } from '#client/types.ts'

const all = Object.values(resources) as unknown as ResourceRef<KubeObject>[]

export const documentsOf = (file: 'seed.yaml' | 'described.yaml'): readonly any[] =>
  parseAllDocuments(readFileSync(new URL(file, import.meta.url), 'utf8')).map((each) => each.toJS())

export async function seed(client: Client): Promise<void> {
  await createAll(client, documentsOf('seed.yaml'))
  await createWidget(client, 'team', { size: 3, colour: 'red', list: ['x', 'y'] })
}

/** Objects of each kind that describe knows, with all that it tells of them. */
export async function seedDescribed(client: Client): Promise<void> {
  await createAll(client, documentsOf('described.yaml'))
  await createWidget(client, 'full', {
    podCIDRs: ['a'],
    apiURL: 'u',
    clusterIPFamily: null,
    'dashed-name': true,
    under_score: 1.5,
    nested: [[1, 2], { uid: 'x', list: [] }],
    URL: 'v',
    x509Name: 'n',
  })
}

/** In namespace past: for each side a deployment, a daemon set and a stateful set with three revisions, as their controllers keep them. */
export async function seedHistories(client: Client): Promise<void> {
  await client.create(resources.namespaces, { metadata: { name: 'past' } } as never)
  await client.create(resources.serviceAccounts, { metadata: { name: 'default', namespace: 'past' } } as never)
  for (const side of ['ours', 'real']) for (const kind of ['Deployment', 'DaemonSet', 'StatefulSet']) await createHistory(client, kind, side)
}

async function createHistory(client: Client, kind: string, side: string): Promise<void> {
  const resource = all.find((each) => each.kind === kind && each.group === 'apps')!
  const labels = { app: `${kind}-${side}`.toLowerCase() }
  const template = (image: number): object => ({
    metadata: { labels, annotations: { image: `${image}` } },
    spec: { containers: [{ name: 'c', image: `i:${image}`, ports: [{ containerPort: 80 }] }] },
  })
  const create = async (of: ResourceRef<KubeObject>, object: any): Promise<any> => client.create(of, object)
  const owner = await create(resource, {
    metadata: {
      name: `past-${side}`,
      namespace: 'past',
      labels,
      annotations: { 'deployment.kubernetes.io/revision': '3', 'kubernetes.io/change-cause': 'third', of: 'owner' },
    },
    spec: { selector: { matchLabels: labels }, template: template(3), ...(kind === 'StatefulSet' ? { serviceName: 's' } : {}) },
  })
  const ownerReferences = [{ apiVersion: 'apps/v1', kind, name: owner.metadata.name, uid: owner.metadata.uid, controller: true, blockOwnerDeletion: true }]
  for (const number of [1, 2, 3]) {
    const metadata = {
      name: `${kind.toLowerCase()}-${side}-${number}`,
      namespace: 'past',
      labels: { ...labels, 'pod-template-hash': `${number}` },
      ownerReferences,
    }
    const annotations = { of: `revision ${number}`, ...(number === 1 ? {} : { 'kubernetes.io/change-cause': `cause ${number}` }) }
    if (kind === 'Deployment') {
      const past: any = template(number)
      past.metadata.labels = metadata.labels
      const selector = { matchLabels: metadata.labels }
      const revision = { 'deployment.kubernetes.io/revision': `${number}`, 'deployment.kubernetes.io/desired-replicas': '1' }
      await create(resources.replicaSets, {
        metadata: { ...metadata, annotations: { ...annotations, ...revision } },
        spec: { replicas: 0, selector, template: past },
      })
    } else {
      // As the server keeps it: with its defaults.
      const { metadata: templateMetadata, spec } = owner.spec.template
      const past = {
        metadata: { ...templateMetadata, annotations: { image: `${number}` } },
        spec: { ...spec, containers: spec.containers.map((container: object) => ({ ...container, image: `i:${number}` })) },
      }
      const data = { spec: { template: { $patch: 'replace', ...past } } }
      await create(resources.controllerRevisions, { metadata: { ...metadata, annotations }, revision: number, data })
    }
  }
}

async function createAll(client: Client, documents: readonly any[]): Promise<void> {
  for (const document of documents) {
    const resource = all.find(({ kind, group, version }) => kind === document.kind && `${group ? `${group}/` : ''}${version}` === document.apiVersion)
    if (!resource) throw new Error(`no resource for ${document.apiVersion} ${document.kind}`)
    try {
      const created: any = await client.create(resource, document)
      if (document.status) await client.update(resource, { ...created, status: document.status }, { subresource: 'status' })
    } catch (error) {
      throw new Error(`${document.kind} ${document.metadata.name}: ${(error as Error).message}`, { cause: error })
    }
  }
}

async function createWidget(client: Client, namespace: string, spec: object): Promise<void> {
  const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'one', namespace, labels: { a: 'b' } }, spec }
  const path = `/apis/example.com/v1/namespaces/${namespace}/widgets`
  for (let attempt = 0; attempt < 50; attempt++) {
    const { status } = await client.request({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(widget) })
    if (status === 201) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('the definition of widgets was never served')
}
