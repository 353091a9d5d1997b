/** Constraints on versions as Masterminds/semver reads them: ">=1.2, <3 || ~4.5 || ^6 || 7.x || 8 - 9.1". */
import { quote } from '../print/quote.ts'
import { comparePrerelease, compareVersions, parseVersion, type Version, versionText } from './version.ts'

interface Constraint {
  readonly operator: string
  readonly version: Version
  readonly original: string
  readonly minorDirty: boolean
  readonly patchDirty: boolean
  readonly dirty: boolean
}

export interface Constraints {
  /** Any of them, of which all. */
  readonly groups: readonly (readonly Constraint[])[]
}

const maxLength = 1024
const maxGroups = 32
const number = '[0-9|xX*]+'
const version = `v?(${number})(\\.${number})?(\\.${number})?(-([0-9A-Za-z\\-]+(\\.[0-9A-Za-z\\-]+)*))?(\\+([0-9A-Za-z\\-]+(\\.[0-9A-Za-z\\-]+)*))?`
// RE2 takes the longest of these by trying on; here the longer stand first.
const operators = '!=|>=|=>|<=|=<|~>|>|<|=|~|\\^|'
const single = new RegExp(`^\\s*(${operators})\\s*(${version})\\s*$`)
const range = new RegExp(`\\s*(${version})\\s+-\\s+(${version})\\s*`, 'g')
const find = new RegExp(`(?:${operators})\\s*(?:${version})`, 'g')
const valid = new RegExp(`^(\\s*(${operators})\\s*(${version})\\s*)((?:\\s+|,\\s*)(${operators})\\s*(${version})\\s*)*$`)

const isAny = (part: string | undefined): boolean => part === undefined || part === '' || /^[xX*]$/.test(part.replace(/^\./, ''))

function parseSingle(text: string): Constraint {
  const match = single.exec(text)
  if (!match) throw new Error(`improper constraint: ${quote(text)}`)
  const [, operator = '', original = '', major, minor, patch, prerelease = ''] = match
  let exact = original
  let [minorDirty, patchDirty, dirty] = [false, false, false]
  if (isAny(major)) {
    exact = `0.0.0${prerelease}`
    dirty = true
  } else if (isAny(minor)) {
    minorDirty = true
    dirty = true
    exact = `${major}.0.0${prerelease}`
  } else if (isAny(patch)) {
    dirty = true
    patchDirty = true
    exact = `${major}${minor}.0${prerelease}`
  }
  try {
    return { operator, original, version: parseVersion(exact), minorDirty, patchDirty, dirty }
  } catch {
    throw new Error('constraint parser error')
  }
}

/** Throws with the library's messages. */
export function parseConstraints(text: string): Constraints {
  if (Buffer.byteLength(text) > maxLength) throw new Error(`constraint string is too long (max ${maxLength} bytes)`)
  const rewritten = text.replaceAll(range, (whole, ...groups: string[]) => {
    void whole
    return `>= ${groups[0]}, <= ${groups[10]} `
  })
  const groups = rewritten.split('||')
  if (groups.length > maxGroups) throw new Error(`too many constraint groups (max ${maxGroups})`)
  return {
    groups: groups.map((group) => {
      if (!valid.test(group)) throw new Error(`improper constraint: ${quote(group)}`)
      return (group.match(find) ?? [group]).map(parseSingle)
    }),
  }
}

export function satisfies(constraints: Constraints, candidate: Version): boolean {
  return constraints.groups.some((group) => {
    const withPrerelease = group.some((each) => each.version.prerelease !== '')
    return group.every((each) => checkOne(each, candidate, withPrerelease) === undefined)
  })
}

/** Why the version does not fit, in the library's words; nothing when it does. */
function checkOne(constraint: Constraint, candidate: Version, withPrerelease: boolean): string | undefined {
  const named = quote(versionText(candidate))
  const wanted = quote(constraint.original)
  if (candidate.prerelease !== '' && !withPrerelease) return `${named} is a prerelease version and the constraint is only looking for release versions`
  const failed = checks[constraint.operator]!(constraint, candidate)
  return failed === undefined ? undefined : failed.replace('%v', named).replace('%c', wanted)
}

type Check = (constraint: Constraint, candidate: Version) => string | undefined

const tilde: Check = (constraint, candidate) => {
  const { version: base, minorDirty, patchDirty } = constraint
  if (compareVersions(candidate, base) < 0) return '%v is less than %c'
  if (base.major === 0n && base.minor === 0n && base.patch === 0n && !minorDirty && !patchDirty) return undefined
  if (candidate.major !== base.major) return '%v does not have same major version as %c'
  return candidate.minor !== base.minor && !minorDirty ? '%v does not have same major and minor version as %c' : undefined
}

const equal: Check = (constraint, candidate) => {
  if (constraint.dirty) return tilde(constraint, candidate)
  return compareVersions(candidate, constraint.version) === 0 ? undefined : '%v is not equal to %c'
}

const notEqual: Check = ({ dirty, version: base, minorDirty, patchDirty }, candidate) => {
  const isEqual = '%v is equal to %c'
  if (dirty) {
    if (base.major !== candidate.major) return undefined
    if (base.minor !== candidate.minor && !minorDirty) return undefined
    if (minorDirty) return isEqual
    if (base.patch !== candidate.patch && !patchDirty) return undefined
    if (patchDirty) return comparePrerelease(candidate.prerelease, base.prerelease) !== 0 ? undefined : isEqual
  }
  return compareVersions(candidate, base) === 0 ? isEqual : undefined
}

const greater: Check = ({ dirty, version: base, minorDirty, patchDirty }, candidate) => {
  const lessOrEqual = '%v is less than or equal to %c'
  if (!dirty) return compareVersions(candidate, base) > 0 ? undefined : lessOrEqual
  if (candidate.major !== base.major) return candidate.major > base.major ? undefined : lessOrEqual
  if (minorDirty) return lessOrEqual
  if (patchDirty) return candidate.minor > base.minor ? undefined : lessOrEqual
  return compareVersions(candidate, base) > 0 ? undefined : lessOrEqual
}

const less: Check = ({ version: base }, candidate) => (compareVersions(candidate, base) < 0 ? undefined : '%v is greater than or equal to %c')
const greaterOrEqual: Check = ({ version: base }, candidate) => (compareVersions(candidate, base) >= 0 ? undefined : '%v is less than %c')

const lessOrEqual: Check = ({ dirty, version: base, minorDirty }, candidate) => {
  const isGreater = '%v is greater than %c'
  if (!dirty) return compareVersions(candidate, base) <= 0 ? undefined : isGreater
  if (candidate.major > base.major) return isGreater
  return candidate.major === base.major && candidate.minor > base.minor && !minorDirty ? isGreater : undefined
}

const caret: Check = ({ version: base, minorDirty, patchDirty }, candidate) => {
  if (compareVersions(candidate, base) < 0) return '%v is less than %c'
  if (base.major > 0n || minorDirty) return candidate.major === base.major ? undefined : '%v does not have same major version as %c'
  if (candidate.major > 0n) return '%v does not have same major version as %c'
  if (base.minor > 0n || patchDirty) {
    return candidate.minor === base.minor
      ? undefined
      : '%v does not have same minor version as %c. Expected minor versions to match when constraint major version is 0'
  }
  if (candidate.minor > 0n) return '%v does not have same minor version as %c'
  return base.patch === candidate.patch ? undefined : '%v does not equal %c. Expect version and constraint to equal when major and minor versions are 0'
}

const checks: Readonly<Record<string, Check>> = {
  '': equal,
  '=': equal,
  '!=': notEqual,
  '>': greater,
  '<': less,
  '>=': greaterOrEqual,
  '=>': greaterOrEqual,
  '<=': lessOrEqual,
  '=<': lessOrEqual,
  '~': tilde,
  '~>': tilde,
  '^': caret,
}
