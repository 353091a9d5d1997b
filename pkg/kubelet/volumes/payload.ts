/** The files of configMap, secret, downwardAPI and projected volumes. */
import type { KeyToPath, Pod, Volume, VolumeProjection } from '#api/gen/core/v1.ts'
import { configMaps, secrets } from '#api/gen/resources.ts'
import { type DownwardFacts, fieldValue, resourceValue } from '../env/field-ref.ts'
import type { ObjectSource } from '../types.ts'
import type { Payload, VolumeFile } from './atomic-writer.ts'
import type { TokenSource } from './tokens.ts'

export interface PayloadInput {
  readonly pod: Pod
  readonly objects: ObjectSource
  readonly tokens: TokenSource
  readonly facts: DownwardFacts
}

const defaultFileMode = 0o644

/** Undefined for a volume of another kind. */
export async function payloadOf(input: PayloadInput, volume: Volume): Promise<Payload | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume
  const files = new Map<string, VolumeFile>()
  const group = input.pod.spec.securityContext?.fsGroup
  if (configMap) await add(files, input, { configMap }, configMap.defaultMode ?? defaultFileMode)
  else if (secret) {
    const { secretName, items, optional, defaultMode } = secret
    await add(files, input, { secret: { name: secretName, items, optional } as NonNullable<VolumeProjection['secret']> }, defaultMode ?? defaultFileMode)
  } else if (downwardAPI) await add(files, input, { downwardAPI: { items: downwardAPI.items } as never }, downwardAPI.defaultMode ?? defaultFileMode)
  else if (projected) for (const source of projected.sources ?? []) await add(files, input, source, projected.defaultMode ?? defaultFileMode)
  else return undefined
  if (group === undefined) return files
  // fsGroup may read what it owns.
  return new Map([...files].map(([path, file]) => [path, { ...file, mode: file.mode | 0o440 }]))
}

async function add(files: Map<string, VolumeFile>, input: PayloadInput, source: VolumeProjection, mode: number): Promise<void> {
  const { pod, objects, tokens, facts } = input
  const { namespace, uid } = pod.metadata
  if (source.configMap) {
    const { name = '', items, optional } = source.configMap
    const found = await objects.get(configMaps, { namespace, name }, uid)
    if (!found && !optional) throw new Error(`configmap "${name}" not found`)
    const data = new Map<string, Buffer>()
    for (const [key, value] of Object.entries(found?.data ?? {})) data.set(key, Buffer.from(value))
    for (const [key, value] of Object.entries(found?.binaryData ?? {})) data.set(key, Buffer.from(value, 'base64'))
    addKeys(files, data, items, mode, optional === true, 'configmap')
  } else if (source.secret) {
    const { name = '', items, optional } = source.secret
    const found = await objects.get(secrets, { namespace, name }, uid)
    if (!found && !optional) throw new Error(`secret "${name}" not found`)
    const data = new Map(Object.entries(found?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]))
    addKeys(files, data, items, mode, optional === true, 'secret')
  } else if (source.downwardAPI) {
    for (const { path, fieldRef, resourceFieldRef, mode: own } of source.downwardAPI.items ?? []) {
      let text: string | undefined
      if (fieldRef) text = fieldValue(pod, fieldRef.fieldPath, facts)
      else if (resourceFieldRef) {
        const container = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find(({ name }) => name === resourceFieldRef.containerName)
        if (container) text = resourceValue(container, resourceFieldRef, facts)
      }
      if (text === undefined) throw new Error(`downward API item "${path}" cannot be resolved`)
      files.set(path, { content: Buffer.from(text), mode: own ?? mode })
    }
  } else if (source.serviceAccountToken) {
    const { path } = source.serviceAccountToken
    const token = await tokens.token(pod, source.serviceAccountToken)
    const user = soleUser(pod)
    const tokenMode = pod.spec.securityContext?.fsGroup !== undefined || user !== undefined ? 0o600 : mode
    files.set(path, { content: Buffer.from(token), mode: tokenMode, uid: user })
  } else if (source.clusterTrustBundle) throw new Error('ClusterTrustBundle projection is not supported in static kubelet mode')
  else throw new Error('this kind of projection is not supported by this node')
}

function addKeys(
  files: Map<string, VolumeFile>,
  data: ReadonlyMap<string, Buffer>,
  items: KeyToPath[] | undefined,
  mode: number,
  optional: boolean,
  kind: string,
): void {
  if (!items) {
    for (const [key, content] of data) files.set(key, { content, mode })
    return
  }
  for (const { key, path, mode: own } of items) {
    const content = data.get(key)
    if (content) files.set(path, { content, mode: own ?? mode })
    else if (!optional)
      throw new Error(kind === 'configmap' ? `configmap references non-existent config key: ${key}` : `references non-existent ${kind} key: ${key}`)
  }
}

/** The one user that all containers run as: the token may then be theirs alone. */
function soleUser({ spec }: Pod): number | undefined {
  const users = new Set([...spec.containers, ...(spec.initContainers ?? [])].map((each) => each.securityContext?.runAsUser ?? spec.securityContext?.runAsUser))
  return users.size === 1 ? [...users][0] : undefined
}
