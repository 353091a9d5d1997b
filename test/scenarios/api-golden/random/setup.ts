/** What random writes need to be there. */
import type { asker } from '../ask.ts'
import { askSetup } from '../run.ts'
import type { Question } from '../types.ts'
import { customSetup } from './custom.ts'

const namespace = (name: string): readonly Question[] => [
  { key: `namespace ${name}`, method: 'POST', path: '/api/v1/namespaces', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } },
  {
    key: `account in ${name}`,
    method: 'POST',
    path: `/api/v1/namespaces/${name}/serviceaccounts`,
    body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } },
  },
]

export async function prepare({ ask }: ReturnType<typeof asker>): Promise<void> {
  await askSetup(ask, [...namespace('random'), ...namespace('random-limits'), ...customSetup])
}
