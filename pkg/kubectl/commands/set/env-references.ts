/** What a variable's valueFrom says, and what it leads to, as far as one can tell from outside the pod. */
import { isQualifiedName } from '#apimachinery/names.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import { resourcePath } from '#client/paths.ts'
import { builtIn } from '../../resources/write.ts'
import type { Invocation } from '../../types.ts'

export function referenceText({ configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef }: any): string {
  if (configMapKeyRef) return `configmap ${configMapKeyRef.name}, key ${configMapKeyRef.key}`
  if (secretKeyRef) return `secret ${secretKeyRef.name}, key ${secretKeyRef.key}`
  if (fieldRef) return `field path ${fieldRef.fieldPath}`
  if (resourceFieldRef) return `resource field ${resourceFieldRef.containerName ? `${resourceFieldRef.containerName}/` : ''}${resourceFieldRef.resource}`
  return 'invalid valueFrom'
}

export type Resolve = (valueFrom: any, object: any, container: any) => Promise<string>

/** Each ConfigMap and Secret is read once; a failure is an Error whose message upstream prints. */
export function referenceValues(invocation: Invocation): Resolve {
  const read = new Map<string, Promise<any>>()
  const data = async (kind: 'ConfigMap' | 'Secret', name: string): Promise<any> => {
    const known = read.get(`${kind}/${name}`)
    if (known) return known
    const namespace = await invocation.session.namespace()
    const asked = invocation.session.json({ method: 'GET', path: resourcePath(await builtIn(invocation, 'v1', kind), { namespace, name }) })
    read.set(`${kind}/${name}`, asked)
    return asked
  }
  return async ({ configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef }, object, container) => {
    if (secretKeyRef) {
      const { data: values = {} } = await data('Secret', secretKeyRef.name)
      if (!Object.hasOwn(values, secretKeyRef.key)) throw new Error(`key ${secretKeyRef.key} not found in secret ${secretKeyRef.name}`)
      return Buffer.from(values[secretKeyRef.key], 'base64').toString('utf8')
    }
    if (configMapKeyRef) {
      const { data: values = {} } = await data('ConfigMap', configMapKeyRef.name)
      if (!Object.hasOwn(values, configMapKeyRef.key)) throw new Error(`key ${configMapKeyRef.key} not found in config map ${configMapKeyRef.name}`)
      return values[configMapKeyRef.key]
    }
    if (fieldRef) return fieldValue(object, fieldRef.fieldPath)
    if (resourceFieldRef) return resourceValue(resourceFieldRef, container)
    throw new Error('invalid valueFrom')
  }
}

function fieldValue({ metadata }: any, path: string): string {
  const subscript = /^([^[]+)\['(.*)'\]$/s.exec(path)
  if (subscript) {
    const [, base = '', key = ''] = subscript
    if (base !== 'metadata.annotations' && base !== 'metadata.labels') throw new Error(`fieldPath ${JSON.stringify(path)} does not support subscript`)
    const problems = isQualifiedName(base === 'metadata.annotations' ? key.toLowerCase() : key)
    if (problems.length > 0) throw new Error(`invalid key subscript in ${path}: ${problems.join(';')}`)
    return metadata[base === 'metadata.labels' ? 'labels' : 'annotations']?.[key] ?? ''
  }
  const lines = (map: Record<string, string> = {}): string =>
    Object.keys(map)
      .sort()
      .map((key) => `${key}=${JSON.stringify(map[key])}`)
      .join('\n')
  switch (path) {
    case 'metadata.annotations':
      return lines(metadata.annotations)
    case 'metadata.labels':
      return lines(metadata.labels)
    case 'metadata.name':
    case 'metadata.namespace':
    case 'metadata.uid':
      return metadata[path.slice('metadata.'.length)] ?? ''
  }
  throw new Error(`unsupported fieldPath: ${path}`)
}

function resourceValue({ resource, divisor = '0' }: { resource: string; divisor?: string }, { resources = {} }: any): string {
  const [kind = '', name = ''] = [resource.slice(0, resource.indexOf('.')), resource.slice(resource.indexOf('.') + 1)]
  if (!['limits', 'requests'].includes(kind) || !(['cpu', 'memory', 'ephemeral-storage'].includes(name) || name.startsWith('hugepages-')))
    throw new Error(`Unsupported container resource : ${resource}`)
  const amount = Quantity.parse(resources[kind]?.[name] ?? '0')
  const unit = Quantity.parse(divisor === '0' ? '1' : divisor)
  return String(Math.ceil(name === 'cpu' ? Number(amount.at(-3)) / Number(unit.at(-3)) : amount.value() / unit.value()))
}
