/** AlwaysPullImages: every image of a pod is pulled by its own pull secrets, so that nobody runs one that somebody else has fetched. */
import type { Pod } from '#api/gen/core/v1.ts'
import { type FieldPath, fieldErrorText, notSupported, path } from '#apimachinery/field-error.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts'
import { refuse } from '../refuse.ts'
import { isFor } from '../types.ts'
import { containersOf } from './containers.ts'

export function alwaysPullImages(): AdmissionPlugin {
  return {
    name: 'AlwaysPullImages',
    handles: (attributes) => isFor(attributes, '', 'pods', ['CREATE', 'UPDATE']),
    admit(attributes) {
      if (!bringsImages(attributes)) return
      const { spec } = attributes.object as Pod
      for (const { container } of containersOf(spec)) container.imagePullPolicy = 'Always'
      for (const { image } of spec?.volumes ?? []) if (image) image.pullPolicy = 'Always'
    },
    validate(attributes) {
      if (!bringsImages(attributes)) return
      const { spec } = attributes.object as Pod
      const check = (at: FieldPath, policy = ''): void => {
        if (policy !== 'Always') throw refuse(attributes, fieldErrorText(notSupported(at, policy, ['Always'])))
      }
      for (const { container, at } of containersOf(spec)) check(at.child('imagePullPolicy'), container.imagePullPolicy)
      for (const [index, { image }] of (spec?.volumes ?? []).entries())
        if (image) check(path('spec', 'volumes').index(index).child('image', 'pullPolicy'), image.pullPolicy)
    },
  }
}

/** A pod that is there stays as it is, unless it gets another image. */
function bringsImages({ operation, object, oldObject }: AdmissionAttributes): boolean {
  if (operation !== 'UPDATE') return true
  const known = new Set(containersOf((oldObject as Pod).spec).map(({ container }) => container.image))
  return containersOf((object as Pod).spec).some(({ container }) => !known.has(container.image))
}
