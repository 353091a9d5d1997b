/** NodeDeclaredFeatureValidator: a running pod is changed only in ways that its node says it can follow (KEP-5328). */
import type { Pod } from '#api/gen/core/v1.ts'
import { nodes } from '#api/gen/resources.ts'
import { featuresForUpdate } from '#api/core/v1/node/declared-features.ts'
import { cachedReader } from '../cached-reader.ts'
import type { AdmissionPlugin } from '../types.ts'
import { refuse } from './refuse.ts'
import { type AdmissionContext, isFor } from './types.ts'

export function nodeDeclaredFeatureValidator(context: AdmissionContext): AdmissionPlugin {
  const reader = cachedReader(context, nodes)
  return {
    name: 'NodeDeclaredFeatureValidator',
    handles: (attributes) => isFor(attributes, '', 'pods', ['UPDATE']) || isFor(attributes, '', 'pods', ['UPDATE'], 'resize'),
    async validate(attributes) {
      const { spec } = attributes.object as Pod
      const before = (attributes.oldObject as Pod | undefined)?.spec
      if (!spec.nodeName || !before) return
      const wanted = featuresForUpdate(before, spec)
      if (wanted.length === 0) return
      const node = await reader.get(undefined, spec.nodeName)
      if (!node) throw refuse(attributes, `node "${spec.nodeName}" not found`)
      const missing = wanted.filter((each) => !node.status?.declaredFeatures?.includes(each))
      if (missing.length > 0) throw refuse(attributes, `pod update requires features ${missing.join(', ')} which are not available on node "${spec.nodeName}"`)
    },
  }
}
