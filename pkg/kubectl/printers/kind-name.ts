/** "pod/web", "deployment.apps/web": how messages and -o name name an object. */
import { parseApiVersion } from '#apimachinery/object.ts'
import { escapeTerminal } from './terminal.ts'

export function kindName(object: { apiVersion?: string; kind?: string; metadata?: { name?: string } }): string {
  const { group } = parseApiVersion(object.apiVersion ?? 'v1')
  return `${kindText(group, object.kind ?? '')}/${object.metadata ? escapeTerminal(object.metadata.name ?? '') : '<unknown>'}`
}

export function kindText(group: string, kind: string): string {
  return group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`
}
