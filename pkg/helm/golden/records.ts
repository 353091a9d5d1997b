/**
 * Releases as the real Helm left them, and what it says to them: in records.json by helm 4.2.4, in records-3.json made by
 * helm 3.22.0 and then told of, and changed, by 4.2.4. Recorded by tools/helm-records.ts.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { secrets } from '#api/gen/resources.ts'
import type { Client } from '#client/types.ts'
import type { Outcome } from '../testing/rig.ts'
import { normalized, type Run, runScript } from './run.ts'

/** A release's Secret, its payload unpacked. */
export interface ReleaseRecord {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly type: string
  readonly release: string
}

export interface Recording {
  readonly records: readonly ReleaseRecord[]
  /** What is said to `followers` on these records, in a namespace of the same name. */
  readonly said: readonly (Outcome & { readonly line: string })[]
}

/** The namespace is part of what is recorded. */
export const namespace = 'records'

export const makers: readonly string[] = [
  'install a ./web --description mine --labels team=ours,tier=two',
  'upgrade a ./web --set greeting=bye,nested.one=null --hide-notes',
  'upgrade a ./wrong',
  'rollback a 1',
  'test a',
  'install b ./crds',
  'install c ./plain',
  'uninstall c --keep-history',
  'install d ./family --set float=2.50,added.one=1,big=1e3 --set-string integer=7',
  'upgrade d ./family --reuse-values --set kid.enabled=false',
  'install e ./plain --server-side=false',
  'install w ./wrong',
]

/** What helm 3 has no flag for. */
export const asHelm3 = (line: string): string => line.replace(' --server-side=false', '')

export const followers: readonly string[] = [
  'list -a',
  'list -o json',
  'list --failed -q',
  'list -l team=ours -q',
  'history a',
  'history a -o json',
  'history w -o yaml',
  'status a',
  'status a --revision 2 -o json',
  'status c -o json',
  'get all a',
  'get all d',
  'get hooks a',
  'get manifest d',
  'get metadata a -o json',
  'get metadata d -o yaml',
  'get metadata e',
  'get notes a --revision 1',
  'get values a --revision 2 -o json',
  'get values d --all -o json',
  'get values d',
  'upgrade a ./web --reuse-values --set replicas=2 --hide-notes',
  'get values a -o json',
  'rollback a 2',
  'history a',
  'get metadata a -o json',
  'upgrade d ./family --reset-then-reuse-values --set zero=null',
  'get values d -o json',
  'rollback d 1',
  'status d -o json',
  'upgrade e ./plain --labels more=yes',
  'get metadata e -o json',
  'rollback c 1',
  'upgrade w ./plain --install',
  'uninstall a --keep-history',
  'uninstall b',
  'uninstall c',
  'uninstall d',
  'uninstall e --description gone --keep-history',
  'uninstall w',
  'list -a -o json',
]

export const readRecording = (name: 'records' | 'records-3'): Recording => JSON.parse(readFileSync(join(import.meta.dirname, `${name}.json`), 'utf8'))

const unpacked = (data: string): string => gunzipSync(Buffer.from(Buffer.from(data, 'base64').toString('latin1'), 'base64')).toString('utf8')
const packed = (text: string): string => Buffer.from(gzipSync(text).toString('base64')).toString('base64')

export async function takeRecords(client: Client, dir: string): Promise<ReleaseRecord[]> {
  const { items } = await client.list(secrets, { namespace, labelSelector: 'owner=helm' })
  return items
    .map(({ metadata: { name, labels = {} }, type, data }: any) => ({
      name,
      labels: Object.fromEntries(Object.entries<string>(labels).map(([key, value]) => [key, /^\d{10}$/.test(value) ? 'N' : value])),
      type,
      release: normalized(unpacked(data.release), dir),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Times are not recorded; each revision gets one of its own. */
export async function putRecords(client: Client, records: readonly ReleaseRecord[]): Promise<void> {
  for (const [index, { name, labels, type, release }] of records.entries()) {
    const seconds = 1_767_323_045 + index
    const moment = new Date(seconds * 1000).toISOString().replace('.000', `.${index + 1}`)
    await client.create(secrets, {
      metadata: { name, namespace, labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, value === 'N' ? String(seconds) : value])) },
      type,
      data: { release: packed(release.replaceAll('MOMENT', moment)) },
    } as any)
  }
}

export const runLines = (lines: readonly string[], dir: string, run: Run): Promise<Outcome[]> => runScript({ name: '', lines }, namespace, dir, run)
