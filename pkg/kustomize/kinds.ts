/** What is known of built-in kinds: their schema, and whether they live outside of namespaces. Of other kinds nothing is assumed. */
import { scheme } from '#api/scheme.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'

export function schemaOf(apiVersion: string, kind: string): StructSchema | undefined {
  return scheme.lookup(apiVersion, kind)
}

export function isClusterScoped(apiVersion: string, kind: string): boolean {
  return schemaOf(apiVersion, kind)?.markers.includes('genclient:nonNamespaced') ?? false
}
