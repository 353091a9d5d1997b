/** Values out of YAML text, of which several documents are merged. */
import { type Dictionary, dictionary, isDictionary } from '#template/values.ts'
import { decodeYaml } from '#template/yaml/decode.ts'

/** b wins; maps are merged. */
export function mergeMaps(a: Dictionary, b: Dictionary): Dictionary {
  const out = dictionary(Object.entries(a))
  for (const [key, value] of Object.entries(b)) {
    const old = out[key]
    out[key] = isDictionary(value) && isDictionary(old) ? mergeMaps(old, value) : value
  }
  return out
}

/** Throws when it is no YAML, or no map. */
export function loadValues(text: string): Dictionary {
  let values = dictionary()
  for (const document of text.split(/^---(?:[ \t].*)?$/m)) {
    let read: unknown
    try {
      read = decodeYaml(document)
    } catch (error) {
      throw new Error(`cannot unmarshal yaml document: ${(error as Error).message}`, { cause: error })
    }
    if (read === null || read === undefined) continue
    if (!isDictionary(read)) {
      const type = Array.isArray(read) ? 'array' : typeof read === 'boolean' ? 'bool' : typeof read
      throw new Error(
        `cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${type} into Go value of type map[string]interface {}`,
      )
    }
    values = mergeMaps(values, read)
  }
  return values
}
