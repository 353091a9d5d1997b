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
