/** A pod's limit of one resource as a quantity: the sum of its containers and sidecars, at least its largest init container. */
import type { Pod } from '#api/gen/core/v1.ts'
import { addQuantities, compareQuantities } from '#apimachinery/quantity.ts'

export function podLimit({ spec }: Pod, resource: string): string | undefined {
  const limits = (containers: typeof spec.containers) => containers.map(({ resources }) => resources?.limits?.[resource]).filter((each) => each !== undefined)
  const inits = spec.initContainers ?? []
  const sum = limits([...spec.containers, ...inits.filter(({ restartPolicy }) => restartPolicy === 'Always')]).reduce<string | undefined>(
    (all, each) => (all === undefined ? each : addQuantities(all, each)),
    undefined,
  )
  return limits(inits).reduce((most, each) => (most === undefined || compareQuantities(each, most) > 0 ? each : most), sum)
}
