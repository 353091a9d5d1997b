/** The file of a user's preferences, read whole and written back. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { KubercPlace } from '../../config/kuberc-file.ts'
import { CommandError } from '../../errors.ts'
import { toYaml } from '../../printers/yaml.ts'

export const preferenceHead = { apiVersion: 'kubectl.config.k8s.io/v1beta1', kind: 'Preference' } as const

export async function readPreference(path: string): Promise<any> {
  const { parseYaml } = await import('#apimachinery/codec/yaml-text.ts')
  let value: any
  try {
    value = parseYaml(readFileSync(path, 'utf8')).value
  } catch (error) {
    throw new CommandError(`error: error ${(error as NodeJS.ErrnoException).code ? 'reading' : 'parsing'} kuberc file: ${(error as Error).message}`)
  }
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    const found = Array.isArray(value) ? 'array' : typeof value
    throw new CommandError(
      `error: error parsing kuberc file: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${found} into Go value of type v1beta1.Preference`,
    )
  }
  return value ?? {}
}

export function savePreference(place: KubercPlace, preference: object, out: (text: string) => void): void {
  mkdirSync(dirname(place.path), { recursive: true, mode: 0o755 })
  writeFileSync(place.path, toYaml(preference), { mode: 0o644 })
  out(`Updated ${place.name}\n`)
}
