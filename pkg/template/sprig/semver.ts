/** Sprig's semver and semverCompare. */
import { goFunction } from '../exec/signature.ts'
import { parseConstraints, satisfies } from '../semver/constraint.ts'
import { compareVersions, parseVersion, type Version, versionText } from '../semver/version.ts'
import { GoObject, type GoFunction, type Value } from '../types.ts'
import { Integer } from '../values.ts'

/** *semver.Version, with the methods that templates call. */
class VersionObject extends GoObject {
  readonly typeName = '*semver.Version'
  override readonly kind = 'ptr'
  readonly version: Version
  constructor(version: Version) {
    super()
    this.version = version
  }

  override method(name: string): GoFunction | undefined {
    const { version } = this
    const getters: Readonly<Record<string, () => Value>> = {
      Major: () => new Integer('uint64', version.major),
      Minor: () => new Integer('uint64', version.minor),
      Patch: () => new Integer('uint64', version.patch),
      Prerelease: () => version.prerelease,
      Metadata: () => version.metadata,
      Original: () => version.original,
      String: () => this.print(),
      IncMajor: () => this.#next({ major: version.major + 1n, minor: 0n, patch: 0n }),
      IncMinor: () => this.#next({ minor: version.minor + 1n, patch: 0n }),
      IncPatch: () => this.#next(version.prerelease === '' ? { patch: version.patch + 1n } : {}),
    }
    if (Object.hasOwn(getters, name)) return goFunction('', getters[name]!)
    const orders: Readonly<Record<string, (order: number) => Value>> = {
      Compare: BigInt,
      Equal: (order) => order === 0,
      LessThan: (order) => order < 0,
      LessThanEqual: (order) => order <= 0,
      GreaterThan: (order) => order > 0,
      GreaterThanEqual: (order) => order >= 0,
    }
    if (!Object.hasOwn(orders, name)) return undefined
    return goFunction('*semver.Version', (other: VersionObject) => orders[name]!(compareVersions(version, other.version)))
  }

  #next(change: Partial<Version>): Value {
    const next = { ...this.version, ...change, prerelease: '', metadata: '' }
    return new VersionObject({ ...next, original: (this.version.original.startsWith('v') ? 'v' : '') + versionText(next) })
  }

  override print(): string {
    return versionText(this.version)
  }
}

export const semverFunctions: Readonly<Record<string, GoFunction>> = {
  semver: goFunction('string', (text: string) => new VersionObject(parseVersion(text))),
  semverCompare: goFunction('string, string', (constraint: string, version: string) => {
    const constraints = parseConstraints(constraint)
    return satisfies(constraints, parseVersion(version))
  }),
}
