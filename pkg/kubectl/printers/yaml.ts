/** YAML as sigs.k8s.io/yaml writes it: the order of keys, the quotes, the folding at 80 columns. */
import { cloneJson } from '#apimachinery/json-value.ts'
import type { Value } from '#template/types.ts'
import { encodeYaml } from '#template/yaml/encode.ts'

/** One document, ending in a newline; fields that are undefined are left out. */
export function toYaml(value: unknown): string {
  return encodeYaml(cloneJson(value) as Value)
}
