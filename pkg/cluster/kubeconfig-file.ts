/** Merges a cluster's context into the user's kubeconfig and takes it out again, leaving everything else as it is. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, writeFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseDocument, type Document } from 'yaml'
import { type KubeconfigOptions, kubeconfig } from './pki/kubeconfig.ts'
import { UsageError } from './usage-error.ts'

/** The file kubectl writes to: the first of $KUBECONFIG, else ~/.kube/config. */
export function userKubeconfigPath(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.KUBECONFIG?.split(':').find((each) => each !== '') ?? join(environment.HOME ?? homedir(), '.kube', 'config')
}

/** Sets cluster, user and context of this name and makes it the current context. */
export async function mergeKubeconfig(path: string, options: KubeconfigOptions & { readonly name: string }): Promise<void> {
  const document = readKubeconfig(path)
  const own = kubeconfig(options)
  put(document, 'clusters', own.clusters[0]!)
  put(document, 'users', own.users[0]!)
  put(document, 'contexts', own.contexts[0]!)
  document.set('current-context', own['current-context'])
  await writeKubeconfig(path, document)
}

/** Takes out what `mergeKubeconfig` put in; nothing happens when it is not there. */
export async function removeFromKubeconfig(path: string, names: { readonly cluster: string; readonly user: string }): Promise<void> {
  if (!existsSync(path)) return
  const document = readKubeconfig(path)
  const before = document.toString()
  drop(document, 'clusters', names.cluster)
  drop(document, 'contexts', names.cluster)
  drop(document, 'users', names.user)
  if (document.get('current-context') === names.cluster) document.set('current-context', '')
  if (document.toString() !== before) await writeKubeconfig(path, document)
}

function readKubeconfig(path: string): Document {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const document = parseDocument(text.trim() === '' ? 'apiVersion: v1\nkind: Config\npreferences: {}\nclusters: []\nusers: []\ncontexts: []\n' : text)
  const root = document.toJS()
  if (document.errors.length > 0 || typeof root !== 'object' || root === null || Array.isArray(root)) {
    throw new UsageError(
      `${path} is not a readable kubeconfig (${document.errors[0]?.message.split('\n')[0] ?? 'not a mapping'}); mend it, or set KUBECONFIG to another file`,
    )
  }
  return document
}

function put(document: Document, list: string, entry: { name: string }): void {
  const entries = (document.toJS()[list] ?? []) as { name: string }[]
  const position = entries.findIndex((each) => each.name === entry.name)
  if (!Array.isArray(document.toJS()[list])) document.set(list, document.createNode([entry]))
  else document.setIn([list, position < 0 ? entries.length : position], document.createNode(entry))
}

function drop(document: Document, list: string, name: string): void {
  const entries = (document.toJS()[list] ?? []) as { name: string }[]
  const position = entries.findIndex((each) => each.name === name)
  if (position >= 0) document.deleteIn([list, position])
}

async function writeKubeconfig(path: string, document: Document): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const mode = existsSync(path) ? (await stat(path)).mode & 0o777 : 0o600
  await writeFile(`${path}.k8ts-new`, document.toString({ lineWidth: 0 }), { mode })
  await rename(`${path}.k8ts-new`, path)
}
