/** Which level and version of the Pod Security Standards a namespace's labels ask for. */
import { type FieldError, invalidValue, path } from '#apimachinery/field-error.ts'

export const levels = ['privileged', 'baseline', 'restricted'] as const
export type Level = (typeof levels)[number]

export interface LevelVersion {
  readonly level: Level
  /** "latest" or "v1.N". */
  readonly version: string
}

export interface Policy {
  readonly enforce: LevelVersion
  readonly audit: LevelVersion
  readonly warn: LevelVersion
}

type Mode = keyof Policy

const privileged: LevelVersion = { level: 'privileged', version: 'latest' }
export const allPrivileged: Policy = { enforce: privileged, audit: privileged, warn: privileged }

const prefix = 'pod-security.kubernetes.io/'
export const versionForm = /^v1\.([0-9]|[1-9][0-9]*)$/
export const levelText = ({ level, version }: LevelVersion): string => `${level}:${version}`
export const compareLevels = (a: Level, b: Level): number => levels.indexOf(a) - levels.indexOf(b)
export const isPrivileged = ({ enforce, audit, warn }: Policy): boolean => [enforce, audit, warn].every((each) => each.level === 'privileged')

/** The policy, and what is wrong with the labels: a bad enforce level counts as restricted, the others as privileged. What they do not say, `defaults` does. */
export function policyOf(labels: Readonly<Record<string, string>> = {}, defaults: Policy = allPrivileged): { policy: Policy; errors: FieldError[] } {
  const errors: FieldError[] = []
  const at = path('metadata', 'labels')
  const level = (mode: Mode, onError: Level): { level: Level; set: boolean } => {
    const key = `${prefix}${mode}`
    const text = labels[key]
    if (text === undefined) return { level: defaults[mode].level, set: false }
    const found = levels.find((each) => each === text)
    if (!found) errors.push(invalidValue(at.key(key), text, 'must be one of privileged, baseline, restricted'))
    return { level: found ?? onError, set: found !== undefined }
  }
  const version = (mode: Mode): string => {
    const key = `${prefix}${mode}-version`
    const text = labels[key] ?? defaults[mode].version
    if (text === 'latest' || versionForm.test(text)) return text
    errors.push(invalidValue(at.key(key), text, 'must be "latest" or "v1.x"'))
    return 'latest'
  }
  const enforceLevel = level('enforce', 'restricted')
  const enforce = { level: enforceLevel.level, version: version('enforce') }
  const audit = { level: level('audit', 'privileged').level, version: version('audit') }
  let warn: LevelVersion = { level: level('warn', 'privileged').level, version: version('warn') }
  // Who is refused should have been warned, unless the namespace says what to warn of.
  if (labels[`${prefix}warn`] === undefined && enforceLevel.set && compareLevels(enforce.level, warn.level) > 0)
    warn = { level: enforce.level, version: labels[`${prefix}warn-version`] === undefined ? enforce.version : warn.version }
  return { policy: { enforce, audit, warn }, errors }
}

/** The minor version that the checks go by; newer ones than ours are ours. */
export function minorOf({ version }: LevelVersion): number {
  const match = versionForm.exec(version)
  return match ? Math.min(Number(match[1]), currentMinor) : currentMinor
}
const currentMinor = 36
