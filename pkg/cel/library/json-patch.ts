/** Kubernetes' jsonpatch library: names as parts of a JSON pointer. Upstream has it where mutations are written. */
import type { Environment } from '@marcbachmann/cel-js'

class JsonPatch {}

export function registerJsonPatch(environment: Environment): void {
  environment
    .registerType('kubernetes.JsonPatch', { ctor: JsonPatch, fields: {} } as never)
    .registerConstant('jsonpatch', 'kubernetes.JsonPatch', new JsonPatch())
    .registerFunction('kubernetes.JsonPatch.escapeKey(string): string', (_: unknown, key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1'), {
      async: false,
    })
}
