/** `configMapGenerator:` and `secretGenerator:`. */
import { isUtf8 } from 'node:buffer'
import { KustomizeError, wrapped } from '../errors.ts'
import type { Loader } from '../loader.ts'
import { type Behavior, Resource } from '../resource.ts'
import type { GeneratorArgs, GeneratorOptions } from '../types.ts'
import { keyValues } from './key-values.ts'

export async function makeConfigMap(args: GeneratorArgs, shared: GeneratorOptions | undefined, loader: Loader): Promise<Resource> {
  const data: Record<string, string> = {}
  const binaryData: Record<string, string> = {}
  for (const [key, value] of await pairsOf(args, loader)) {
    if (isUtf8(value)) data[key] = value.toString('utf8')
    else binaryData[key] = value.toString('base64')
  }
  return finished('ConfigMap', args, shared, {
    ...(Object.keys(data).length > 0 ? { data } : {}),
    ...(Object.keys(binaryData).length > 0 ? { binaryData } : {}),
  })
}

export async function makeSecret(args: GeneratorArgs, shared: GeneratorOptions | undefined, loader: Loader): Promise<Resource> {
  const pairs = await pairsOf(args, loader)
  const data = Object.fromEntries([...pairs].map(([key, value]) => [key, value.toString('base64')]))
  return finished('Secret', args, shared, { type: args.type || 'Opaque', ...(pairs.size > 0 ? { data } : {}) })
}

async function pairsOf(args: GeneratorArgs, loader: Loader): Promise<Map<string, Buffer>> {
  if (!args.name) throw new KustomizeError('a configmap must have a name')
  try {
    return await keyValues(args, loader)
  } catch (error) {
    throw wrapped(error, 'loading KV pairs')
  }
}

const behaviors: readonly string[] = ['create', 'replace', 'merge']

function finished(kind: string, args: GeneratorArgs, shared: GeneratorOptions | undefined, content: object): Resource {
  const labels = { ...shared?.labels, ...args.options?.labels }
  const annotations = { ...shared?.annotations, ...args.options?.annotations }
  const immutable = args.options?.immutable || shared?.immutable
  const resource = new Resource({
    apiVersion: 'v1',
    kind,
    metadata: {
      name: args.name,
      ...(args.namespace ? { namespace: args.namespace } : {}),
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    ...content,
    ...(immutable ? { immutable: true } : {}),
  })
  resource.behavior = behaviors.includes(args.behavior ?? '') ? (args.behavior as Behavior) : 'unspecified'
  resource.needsHash = !(args.options?.disableNameSuffixHash || shared?.disableNameSuffixHash)
  return resource
}
