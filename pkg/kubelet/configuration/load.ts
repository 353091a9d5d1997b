/**
 * --config and --config-dir: one file, then the drop-ins ("*.conf", by name) merged over it as JSON merge patches, then what the command
 * line says, then defaults and validation (documentation "Kubelet Configuration Directory Merging").
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigurationError, decodeConfiguration } from './decode.ts'
import { type CompleteConfiguration, withDefaults } from './defaults.ts'
import { featureErrors } from './feature-gates.ts'
import type { KubeletConfiguration } from './fields.ts'
import { unsupportedSettings } from './supported.ts'
import { validateConfiguration } from './validate.ts'

export interface ConfigurationSources {
  /** Below everything: what the node is given by the cluster it is part of. */
  readonly base?: KubeletConfiguration
  readonly file?: string | undefined
  /** Later directories go over earlier ones. Those that are not there are left out. */
  readonly directories?: readonly string[]
  /** Told of what a file says that this version does not know, which is then left out, as upstream does; without it that is an error. */
  readonly onLenient?: (message: string) => void
  /** Above everything. */
  readonly flags?: KubeletConfiguration
}

/** Throws ConfigurationError that names the file and the field. */
export function loadConfiguration({ base = {}, file, directories = [], flags = {}, onLenient }: ConfigurationSources): CompleteConfiguration {
  let merged: KubeletConfiguration = base
  const paths = [
    ...(file === undefined ? [] : [file]),
    ...directories.filter(existsSync).flatMap((directory) =>
      readdirSync(directory)
        .filter((name) => name.endsWith('.conf'))
        .sort()
        .map((name) => join(directory, name)),
    ),
  ]
  for (const path of paths) merged = merge(merged, readConfiguration(path, onLenient))
  return completeConfiguration(merge(merged, flags))
}

/** Defaults, then validation. */
export function completeConfiguration(given: KubeletConfiguration): CompleteConfiguration {
  const told = (errors: readonly string[]) => (errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`)
  const gates = featureErrors(given.featureGates ?? {})
  if (gates.length > 0) throw new ConfigurationError(`failed to merge global and in-flight KubeletConfiguration while setting defaults, error: ${told(gates)}`)
  const complete = withDefaults(given)
  const invalid = validateConfiguration(complete)
  const errors = invalid.length > 0 ? invalid : unsupportedSettings(complete)
  if (errors.length > 0) throw new ConfigurationError(`failed to validate kubelet configuration, error: ${told(errors)}`)
  return complete
}

export function readConfiguration(path: string, onLenient?: (message: string) => void): KubeletConfiguration {
  const fail = (why: string): never => {
    throw new ConfigurationError(`failed to load kubelet config file, path: ${path}, error: ${why}`)
  }
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    fail(`failed to read kubelet config file "${path}", error: ${(error as Error).message}`)
  }
  if (text.trim() === '') fail(`kubelet config file "${path}" was empty`)
  try {
    return decodeConfiguration(text, onLenient)
  } catch (error) {
    return fail((error as Error).message)
  }
}

type Json = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Objects are merged, lists and everything else replaced. */
function merge(into: KubeletConfiguration, patch: KubeletConfiguration): KubeletConfiguration {
  const combine = (a: Json, b: Json): Json => ({
    ...a,
    ...Object.fromEntries(Object.entries(b).map(([name, value]) => [name, isObject(value) && isObject(a[name]) ? combine(a[name], value) : value])),
  })
  return combine(into as Json, patch as Json) as KubeletConfiguration
}
