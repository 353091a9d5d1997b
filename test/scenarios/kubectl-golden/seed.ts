/** Fills an API server with objects of every kind, statuses included, through the client. */
import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import * as resources from '#api/gen/resources.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import type { Client } from '#client/types.ts'

const all = Object.values(resources) as unknown as ResourceRef<KubeObject>[]

export async function seed(client: Client): Promise<void> {
  const documents = parseAllDocuments(readFileSync(new URL('seed.yaml', import.meta.url), 'utf8')).map((each) => each.toJS())
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
  const widget = {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'one', namespace: 'team', labels: { a: 'b' } },
    spec: { size: 3, colour: 'red', list: ['x', 'y'] },
  }
  const path = '/apis/example.com/v1/namespaces/team/widgets'
  for (let attempt = 0; attempt < 50; attempt++) {
    const { status } = await client.request({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(widget) })
    if (status === 201) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('the definition of widgets was never served')
}
