/** The label by which pulls are told apart in kubelet_image_pull_duration_seconds. */
const mebi = 2 ** 20
const gibi = 2 ** 30
const buckets: readonly (readonly [atLeast: number, label: string])[] = [
  [100 * gibi, 'GT100GB'],
  [60 * gibi, '60GB-100GB'],
  [40 * gibi, '40GB-60GB'],
  [30 * gibi, '30GB-40GB'],
  [20 * gibi, '20GB-30GB'],
  [10 * gibi, '10GB-20GB'],
  [5 * gibi, '5GB-10GB'],
  [gibi, '1GB-5GB'],
  [500 * mebi, '500MB-1GB'],
  [100 * mebi, '100MB-500MB'],
  [10 * mebi, '10MB-100MB'],
  [0, '0-10MB'],
]

/** "N/A" where the size is not known. */
export function imageSizeLabel(bytes: number): string {
  return buckets.find(([atLeast]) => bytes > 0 && bytes >= atLeast)?.[1] ?? 'N/A'
}
