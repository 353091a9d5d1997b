/** Expressions that select devices (k8s.io/dynamic-resource-allocation/cel): `device`, with the sizes that ResourceSlices allow. */
import { type CelType, dyn } from './decl-type.ts'
import { createEnvironment, type MeteredEnvironment } from './environment.ts'
import { compile } from './program.ts'
import type { CelProgram } from './types.ts'

/** An expression that may cost more than this at the worst is not stored. */
export const maxSelectorCost = 1_000_000

const maxPerDevice = 32
const text = (maxElements: number): CelType => ({ kind: 'string', minSize: 2, maxElements })
const domains = (of: CelType): CelType => ({
  kind: 'map',
  key: text(63),
  element: { kind: 'map', key: text(32), element: of, maxElements: maxPerDevice, sizesNamed: of.maxElements !== undefined },
  maxElements: maxPerDevice,
})

const device: CelType = {
  kind: 'object',
  name: 'kubernetes.DRADevice',
  fields: new Map([
    ['driver', text(63)],
    ['allowMultipleAllocations', { kind: 'bool', maxElements: 1 }],
    ['attributes', domains({ ...dyn, maxElements: 64 })],
    ['capacity', domains({ kind: 'opaque', name: 'kubernetes.Quantity' })],
  ]),
}

let environment: MeteredEnvironment | undefined

/** Throws CelCompileError. */
export function compileDeviceSelector(expression: string): CelProgram {
  environment ??= createEnvironment({ device: 'dyn' }, undefined, { bindings: true })
  return compile(environment, expression, { declared: { device } })
}
