/** Which size of huge pages an emptyDir of the medium HugePages is of ("Manage HugePages"). */
import type { Pod } from '#api/gen/core/v1.ts'
import { Quantity } from '#apimachinery/quantity.ts'

const prefix = 'hugepages-'
export const isHugePagesMedium = (medium: string): boolean => medium === 'HugePages' || medium.startsWith('HugePages-')

/** "2Mi", one of those that the pod's containers ask for; throws upstream's error where they ask for none, or for several and the medium names none. */
export function pageSizeOf(medium: string, { spec }: Pod): string {
  const named = medium === 'HugePages' ? undefined : medium.slice('HugePages-'.length)
  const bytes = (size: string) => Quantity.parse(size).value()
  const asked = [...spec.containers, ...(spec.initContainers ?? [])]
    .flatMap(({ resources }) => Object.keys({ ...resources?.limits, ...resources?.requests }))
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
  const sizes = named === undefined ? asked : asked.filter((size) => bytes(size) === bytes(named))
  const [first] = sizes
  if (first === undefined) throw new Error(`medium ${medium}: hugePages storage requested, but there is no resource request for huge pages`)
  if (sizes.some((size) => bytes(size) !== bytes(first))) throw new Error(`medium: ${medium} can't be used if container requests multiple huge page sizes`)
  return first
}
