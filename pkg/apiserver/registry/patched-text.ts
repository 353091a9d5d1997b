/** A patched object as upstream shows it in a refusal: its library (evanphx/json-patch) sorts the members of what it has looked into, and leaves the rest as it was. */
import { normalize } from '#apimachinery/codec/decode.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'
import { isObject, type JsonObject } from '#apimachinery/json-value.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { applyJsonPatch, applyMergePatch } from '#apimachinery/patch/index.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'

export function patchedText(schema: StructSchema, old: KubeObject, document: unknown, kind: 'json' | 'merge' | string): string {
  const before = normalize(schema, old) as KubeObject
  if (kind === 'merge') return writeJson(merged(before, document, applyMergePatch(before, document as never)))
  return writeJson(lookedInto(applyJsonPatch(before, document), placesOf(document as readonly { path?: string; from?: string }[])))
}

/** What a merge patch brings is sorted throughout, and each map that it goes into. */
function merged(before: unknown, patch: unknown, value: unknown): unknown {
  if (!isObject(before) || !isObject(patch) || !isObject(value)) return sorted(value)
  return inOrder(value, (name, inner) => (name in patch ? merged(before[name], patch[name], inner) : inner))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  return isObject(value) ? inOrder(value, (_, inner) => sorted(inner)) : value
}

interface Places {
  readonly [token: string]: Places
}

/** The containers that the operations' paths lead through. */
function placesOf(operations: readonly { path?: string; from?: string }[]): Places {
  const root: Record<string, any> = {}
  for (const pointer of operations.flatMap(({ path, from }) => [path, from])) {
    const tokens = (pointer ?? '').split('/').slice(1, -1)
    tokens.reduce<Record<string, any>>((here, token) => (here[token.replaceAll('~1', '/').replaceAll('~0', '~')] ??= {}), root)
  }
  return root
}

function lookedInto(value: unknown, places: Places): unknown {
  if (Array.isArray(value)) return value.map((each, index) => (places[index] ? lookedInto(each, places[index]) : each))
  return isObject(value) ? inOrder(value, (name, inner) => (Object.hasOwn(places, name) ? lookedInto(inner, places[name]!) : inner)) : value
}

function inOrder(object: JsonObject, change: (name: string, value: unknown) => unknown): JsonObject {
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((name) => [name, change(name, object[name])]),
  )
}
