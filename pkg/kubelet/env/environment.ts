/** A container's environment: service links, then envFrom, then env, with `$(NAME)` replaced; later ones win. */
import type { ConfigMap, Container, EnvVar, Pod, Secret, Service } from '#api/gen/core/v1.ts'
import { configMaps, secrets } from '#api/gen/resources.ts'
import { ContainerStartError, type ObjectSource } from '../types.ts'
import { readEnvFile } from './env-file.ts'
import { expand } from './expand.ts'
import { type DownwardFacts, fieldValue, resourceValue } from './field-ref.ts'
import { serviceVariables } from './service-links.ts'

export interface EnvironmentInput {
  readonly pod: Pod
  readonly container: Container
  readonly objects: ObjectSource
  readonly services: { list(namespace: string): readonly Service[] }
  readonly facts: DownwardFacts
  /** Where a volume of the pod lies on the node. */
  readonly volumePath?: (name: string) => string | undefined
}

/** Values are bytes, as a Secret's are. */
export type Environment = Map<string, Buffer>

const configError = (message: string) => new ContainerStartError('CreateContainerConfigError', message)

export async function environmentOf(input: EnvironmentInput): Promise<Environment> {
  const { pod, container, services } = input
  const namespace = pod.metadata.namespace ?? ''
  const links = serviceVariables(services.list(namespace), services.list('default'), pod.spec.enableServiceLinks !== false)
  const result: Environment = new Map()
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef) {
      const found = await readConfigMap(input, configMapRef.name ?? '', configMapRef.optional === true)
      for (const [key, value] of Object.entries(found?.data ?? {})) result.set(prefix + key, Buffer.from(value))
    } else if (secretRef) {
      const found = await readSecret(input, secretRef.name ?? '', secretRef.optional === true)
      for (const [key, value] of Object.entries(found?.data ?? {})) result.set(prefix + key, Buffer.from(value, 'base64'))
    }
  }
  const lookup = (name: string): string | undefined => result.get(name)?.toString('utf8') ?? links.get(name)
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom ? await valueFrom(input, variable) : Buffer.from(expand(variable.value ?? '', lookup))
    if (value) result.set(variable.name, value)
  }
  for (const [name, value] of links) if (!result.has(name)) result.set(name, Buffer.from(value))
  return result
}

async function valueFrom(input: EnvironmentInput, { valueFrom }: EnvVar): Promise<Buffer | undefined> {
  const { pod, container, facts } = input
  const namespace = pod.metadata.namespace ?? ''
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom!
  if (fieldRef) {
    const value = fieldValue(pod, fieldRef.fieldPath, facts)
    if (value === undefined) throw configError(`unsupported fieldPath: ${fieldRef.fieldPath}`)
    return Buffer.from(value)
  }
  if (resourceFieldRef) {
    const named = resourceFieldRef.containerName
    const of = named ? [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find(({ name }) => name === named) : container
    if (!of) throw configError(`container ${named} not found`)
    return Buffer.from(resourceValue(of, resourceFieldRef, facts))
  }
  if (configMapKeyRef) {
    const optional = configMapKeyRef.optional === true
    const found = await readConfigMap(input, configMapKeyRef.name ?? '', optional)
    const value = found?.data?.[configMapKeyRef.key]
    if (value === undefined && !optional) throw configError(`couldn't find key ${configMapKeyRef.key} in ConfigMap ${namespace}/${configMapKeyRef.name}`)
    return value === undefined ? undefined : Buffer.from(value)
  }
  if (secretKeyRef) {
    const optional = secretKeyRef.optional === true
    const found = await readSecret(input, secretKeyRef.name ?? '', optional)
    const value = found?.data?.[secretKeyRef.key]
    if (value === undefined && !optional) throw configError(`couldn't find key ${secretKeyRef.key} in Secret ${namespace}/${secretKeyRef.name}`)
    return value === undefined ? undefined : Buffer.from(value, 'base64')
  }
  if (fileKeyRef) {
    const { volumeName, path, key, optional } = fileKeyRef
    const root = input.volumePath?.(volumeName)
    if (root === undefined) throw configError(`cannot find the volume "${volumeName}" referenced by FileKeyRef`)
    const values = await ask(async () => readEnvFile(root, path))
    const value = values?.get(key)
    if (value !== undefined) return Buffer.from(value)
    if (optional) return undefined
    throw configError(values ? `environment variable key "${key}" not found in file "${path}"` : `file "${path}" not found in volume "${volumeName}"`)
  }
  throw configError('env source is not supported by this node')
}

async function readConfigMap({ pod, objects }: EnvironmentInput, name: string, optional: boolean): Promise<ConfigMap | undefined> {
  const found = await ask(() => objects.get(configMaps, { namespace: pod.metadata.namespace, name }, pod.metadata.uid))
  if (!found && !optional) throw configError(`configmap "${name}" not found`)
  return found
}

async function readSecret({ pod, objects }: EnvironmentInput, name: string, optional: boolean): Promise<Secret | undefined> {
  const found = await ask(() => objects.get(secrets, { namespace: pod.metadata.namespace, name }, pod.metadata.uid))
  if (!found && !optional) throw configError(`secret "${name}" not found`)
  return found
}

async function ask<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question()
  } catch (error) {
    throw configError((error as Error).message)
  }
}
