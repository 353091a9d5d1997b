/** PodNodeSelector: a namespace's node selector is its pods' too, and they may have no other than it allows (docs: "PodNodeSelector"). */
import type { Pod } from '#api/gen/core/v1.ts'
import { namespaces } from '#api/gen/resources.ts'
import { isQualifiedName, isValidLabelValue } from '#apimachinery/names.ts'
import { forbidden, internalError, StatusError } from '#apimachinery/status-error.ts'
import { cachedReader } from '../../cached-reader.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts'
import { type AdmissionContext, isFor } from '../types.ts'

const annotation = 'scheduler.alpha.kubernetes.io/node-selector'
const clusterDefault = 'clusterDefaultNodeSelector'

type Labels = Readonly<Record<string, string>>

/** By namespace, what its pods may select; and for all namespaces that say nothing, what they do. */
export type NodeSelectors = Readonly<Record<string, string>>

export function podNodeSelector(context: AdmissionContext, selectors: NodeSelectors = {}): AdmissionPlugin {
  const reader = cachedReader(context, namespaces)
  async function ofNamespace(name: string): Promise<Labels> {
    const namespace = await reader.get(undefined, name)
    if (!namespace) throw internalError(`namespace ${name} does not exist`)
    return parseSelector(namespace.metadata.annotations?.[annotation] ?? selectors[clusterDefault] ?? '')
  }
  async function check(attributes: AdmissionAttributes): Promise<Labels> {
    const { metadata, spec } = attributes.object as Pod
    const refused = (why: string): StatusError => forbidden({ group: '', resource: 'pods' }, metadata.name ?? '', why)
    const wanted = await ofNamespace(attributes.namespace)
    const own = spec?.nodeSelector ?? {}
    if (Object.entries(wanted).some(([key, value]) => Object.hasOwn(own, key) && own[key] !== value))
      throw refused('pod node label selector conflicts with its namespace node label selector')
    const allowed = parseSelector(selectors[attributes.namespace] ?? '')
    const all = { ...wanted, ...own }
    if (Object.keys(allowed).length > 0 && Object.entries(all).some(([key, value]) => allowed[key] !== value))
      throw refused('pod node label selector labels conflict with its namespace whitelist')
    return all
  }
  return {
    name: 'PodNodeSelector',
    handles: (attributes) => isFor(attributes, '', 'pods', ['CREATE']),
    async admit(attributes) {
      const all = await check(attributes)
      const { spec } = attributes.object as Pod
      if (spec && Object.keys(all).length > 0) spec.nodeSelector = all
    },
    async validate(attributes) {
      await check(attributes)
    },
  }
}

/** "a=b,c=d". */
function parseSelector(text: string): Labels {
  if (text === '') return {}
  return Object.fromEntries(
    text.split(',').map((label) => {
      const parts = label.split('=')
      if (parts.length !== 2) throw new StatusError({ code: 500, reason: '', message: `invalid selector: [${parts.join(' ')}]` })
      const [key, value] = parts.map((each) => each.trim()) as [string, string]
      const wrong = isQualifiedName(key)[0] ?? isValidLabelValue(value)[0]
      if (wrong !== undefined)
        throw new StatusError({ code: 500, reason: '', message: `${key}: Invalid value: ${JSON.stringify(isQualifiedName(key)[0] ? key : value)}: ${wrong}` })
      return [key, value]
    }),
  )
}
