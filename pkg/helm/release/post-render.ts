/** What was rendered, handed to a program and taken back: each document carries the name of its file in an annotation meanwhile. */
import { type Document, isMap, isScalar, parseAllDocuments, type YAMLMap } from 'yaml'
import { compareText } from '#template/values.ts'
import { sortManifests } from './manifests.ts'

/** Helm 4's --post-renderer strategies: hooks and manifests together, apart, or hooks not at all. */
export type PostRenderStrategy = 'combined' | 'separate' | 'nohooks'

const annotation = 'postrenderer.helm.sh/postrender-filename'

function fileNameMap(document: Document.Parsed | Document): YAMLMap | undefined {
  const annotations = document.getIn(['metadata', 'annotations'])
  return isMap(annotations) ? (annotations as YAMLMap) : undefined
}

function merged(files: ReadonlyMap<string, string>): string {
  const documents: string[] = []
  for (const path of [...files.keys()].sort(compareText)) {
    if (path.slice(path.lastIndexOf('/') + 1).startsWith('_') || files.get(path)!.trim() === '') continue
    for (const document of parseAllDocuments(files.get(path)!) as Document.Parsed[]) {
      if (document.errors[0]) throw new Error(`error merging manifests: parsing ${path}: ${document.errors[0].message}`)
      if (!isMap(document.contents)) continue
      document.setIn(['metadata', 'annotations', annotation], path)
      documents.push(String(document).replace(/^---\n/, ''))
    }
  }
  return documents.join('---\n')
}

function split(text: string): Map<string, string> {
  const files = new Map<string, string>()
  for (const [index, document] of (parseAllDocuments(text) as Document.Parsed[]).entries()) {
    if (document.errors[0]) throw new Error(`error while parsing post rendered output: ${document.errors[0].message}`)
    if (!isMap(document.contents)) continue
    const annotations = fileNameMap(document)
    const found = annotations?.get(annotation, true)
    const path = isScalar(found) && typeof found.value === 'string' ? found.value : `generated-by-postrender-${index}.yaml`
    annotations?.delete(annotation)
    if (annotations && annotations.items.length === 0) document.deleteIn(['metadata', 'annotations'])
    const rest = document.getIn(['metadata'])
    if (isMap(rest) && rest.items.length === 0) document.deleteIn(['metadata'])
    const body = String(document).replace(/^---\n/, '')
    const before = files.get(path)
    files.set(path, before === undefined ? body : `${before}---\n${body}`)
  }
  return files
}

function joined(items: readonly (readonly [string, string])[]): Map<string, string> {
  const files = new Map<string, string>()
  for (const [path, content] of items) files.set(path, files.has(path) ? `${files.get(path)}\n---\n${content}` : content)
  return files
}

/** Throws when the program fails, or gives what is no YAML. */
export function postRendered(files: ReadonlyMap<string, string>, run: (manifests: string) => string, strategy: PostRenderStrategy): Map<string, string> {
  const through = (some: ReadonlyMap<string, string>, what: string): Map<string, string> => {
    const text = merged(some)
    let result: string
    try {
      result = run(text)
    } catch (error) {
      throw new Error(`error while running post render on ${what}: ${(error as Error).message}`, { cause: error })
    }
    return split(result)
  }
  if (strategy === 'combined') return through(files, 'files')
  const { hooks, manifests } = sortManifests(files)
  const hookFiles = joined(hooks.map(({ path, manifest }) => [path, manifest] as const))
  const others = joined(manifests.map(({ path, content }) => [path, content] as const))
  const first = hookFiles.size === 0 || strategy === 'nohooks' ? hookFiles : through(hookFiles, 'hooks')
  return joined([...first, ...(others.size === 0 ? [] : through(others, 'manifests'))])
}
