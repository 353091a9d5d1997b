/** An empty status, as the server writes it. */
import { normalize } from '#apimachinery/codec/index.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'

export function zeroStatus(schema: StructSchema): Record<string, unknown> {
  const status = schema.byName.get('status')
  return status?.type.kind === 'struct' ? normalize(status.type, {}) : {}
}
