/** Versions as Masterminds/semver reads and orders them: "v1.2" is 1.2.0. */

export interface Version {
  readonly major: bigint
  readonly minor: bigint
  readonly patch: bigint
  readonly prerelease: string
  readonly metadata: string
  readonly original: string
}

const maxLength = 256
const loose = /^v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/

/** Throws with the library's messages. */
export function parseVersion(text: string): Version {
  if (Buffer.byteLength(text) > maxLength) throw new Error(`version string is too long (max ${maxLength} bytes)`)
  const match = loose.exec(text)
  if (!match) throw new Error('invalid semantic version')
  const [, major, minor, patch, prerelease = '', metadata = ''] = match
  for (const part of prerelease.split('.')) {
    if (/^0[0-9]+$/.test(part)) throw new Error('version segment starts with 0')
  }
  const number = (digits: string | undefined): bigint => BigInt(digits?.replace('.', '') ?? '0')
  return { major: number(major), minor: number(minor), patch: number(patch), prerelease, metadata, original: text }
}

export function versionText({ major, minor, patch, prerelease, metadata }: Version): string {
  return `${major}.${minor}.${patch}${prerelease === '' ? '' : `-${prerelease}`}${metadata === '' ? '' : `+${metadata}`}`
}

const sign = (a: bigint | number, b: bigint | number): number => (a < b ? -1 : a > b ? 1 : 0)

function comparePart(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0
  if (a === undefined) return -1
  if (b === undefined) return 1
  const [left, right] = [/^[0-9]+$/.test(a), /^[0-9]+$/.test(b)]
  if (left && right) return sign(BigInt(a), BigInt(b))
  if (left || right) return left ? -1 : 1
  return a > b ? 1 : -1
}

export function comparePrerelease(a: string, b: string): number {
  if (a === b) return 0
  if (a === '') return 1
  if (b === '') return -1
  const [left, right] = [a.split('.'), b.split('.')]
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const order = comparePart(left[at], right[at])
    if (order !== 0) return order
  }
  return 0
}

/** Metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  return sign(a.major, b.major) || sign(a.minor, b.minor) || sign(a.patch, b.patch) || comparePrerelease(a.prerelease, b.prerelease)
}
