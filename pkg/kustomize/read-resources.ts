/** Objects out of YAML text: each document one, lists taken apart, what has no kind or name refused. */
import { parseYamlDocuments } from '#apimachinery/codec/yaml-text.ts'
import { isObject } from '#apimachinery/json-value.ts'
import { KustomizeError } from './errors.ts'
import { Resource } from './resource.ts'

/** Throws KustomizeError. */
export function resourcesOf(text: string): Resource[] {
  let documents: unknown[]
  try {
    documents = parseYamlDocuments(text, 'true-false')
  } catch (error) {
    throw new KustomizeError(`MalformedYAMLError: ${(error as Error).message}`)
  }
  return documents.filter((each) => !isEmpty(each)).flatMap(objectsOf)
}

function isEmpty(document: unknown): boolean {
  return document === null || document === undefined || (isObject(document) && Object.keys(document).length === 0)
}

function objectsOf(document: unknown): Resource[] {
  if (!isObject(document)) throw new KustomizeError(`missing Resource metadata`)
  const kind = document.kind
  if (typeof kind !== 'string' || kind === '') throw new KustomizeError(`missing Resource metadata`)
  if (kind.endsWith('List') && 'items' in document) {
    if (document.items === null) return []
    if (!Array.isArray(document.items)) throw new KustomizeError(`expected array in ${kind}/items, but found ${typeof document.items}`)
    return document.items.flatMap(objectsOf)
  }
  const metadata = document.metadata
  const name = isObject(metadata) ? metadata.name : undefined
  if (!kind.endsWith('List') && (typeof name !== 'string' || name === '')) {
    throw new KustomizeError(`missing metadata.name in object ${told(document)}`)
  }
  const hole = emptyItem(document, '')
  if (hole !== undefined) throw new KustomizeError(`empty item at ${hole} in object ${JSON.stringify(document)}`)
  return [new Resource(document)]
}

function emptyItem(value: unknown, path: string): string | undefined {
  if (Array.isArray(value)) {
    for (const each of value) {
      const inner = each === null ? path : emptyItem(each, path)
      if (inner !== undefined) return inner
    }
  } else if (isObject(value)) {
    for (const [key, each] of Object.entries(value)) {
      const inner = emptyItem(each, path === '' ? key : `${path}.${key}`)
      if (inner !== undefined) return inner
    }
  }
  return undefined
}

/** As Go prints the metadata of an object: "{{v1 ConfigMap} {{NAME NAMESPACE} map[labels] map[annotations]}}". */
function told({ apiVersion = '', kind, metadata }: Record<string, unknown>): string {
  const { name = '', namespace = '', labels, annotations } = isObject(metadata) ? metadata : {}
  return `{{${apiVersion} ${kind}} {{${name} ${namespace}} ${goMap(labels)} ${goMap(annotations)}}}`
}

function goMap(value: unknown): string {
  const pairs = isObject(value) ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) : []
  return `map[${pairs.map(([key, each]) => `${key}:${each}`).join(' ')}]`
}
