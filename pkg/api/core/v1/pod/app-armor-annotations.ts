/** The AppArmor annotations of older versions become fields of their containers at creation (KEP-24, version skew). */
import { path } from '#apimachinery/field-error.ts'
import type { AppArmorProfile, Pod } from '#api/gen/core/v1.ts'
import { semanticEqual } from '../../../semantic-equal.ts'
import { containersWithPaths } from '../pod-spec/containers-with-paths.ts'
import { appArmorPrefix } from '../pod-spec/validate-annotations.ts'

const maxProfileLength = 4095

/** Returns what is to be warned of: annotations that say something of their own, or nothing that is understood. */
export function takeOverAppArmorAnnotations({ metadata: { annotations = {} }, spec }: Pod): string[] {
  if (spec.os?.name === 'windows') return []
  return containersWithPaths(spec, path('spec')).flatMap(({ container }) => {
    const key = appArmorPrefix + container.name
    if (annotations[key] === undefined || container.securityContext?.appArmorProfile) return []
    const profile = profileOf(annotations[key])
    if (profile && semanticEqual(profile, spec.securityContext?.appArmorProfile)) return []
    if (profile) container.securityContext = { ...container.securityContext, appArmorProfile: profile }
    return [`${path('metadata', 'annotations').key(key)}: deprecated since v1.30; use the "appArmorProfile" field instead`]
  })
}

function profileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' }
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' }
  const name = annotation.startsWith('localhost/') ? annotation.slice('localhost/'.length) : ''
  const isUsable = name !== '' && name.trim() === name && name.length <= maxProfileLength
  return isUsable ? { type: 'Localhost', localhostProfile: name } : undefined
}
