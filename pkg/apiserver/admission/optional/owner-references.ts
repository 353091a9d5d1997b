/** OwnerReferencesPermissionEnforcement: an owner is set by who could delete the object, and blocks its owner's deletion only by who may set that one's finalizers. */
import { isDeepStrictEqual } from 'node:util'
import type { OwnerReference } from '#apimachinery/object.ts'
import type { AdmissionAttributes, AdmissionPlugin, AuthorizerAttributes, Decision } from '../../types.ts'
import { type Kinds, noKinds } from '../kinds.ts'
import { refuse } from '../refuse.ts'
import type { AdmissionContext } from '../types.ts'

export function ownerReferencesPermissionEnforcement({ authorizer, kinds = noKinds }: AdmissionContext & { readonly kinds?: Kinds }): AdmissionPlugin {
  async function checkBlocking(attributes: AdmissionAttributes, references: readonly OwnerReference[]): Promise<void> {
    const { user, namespace } = attributes
    const mayAll = await authorizer.authorize(asking({ user, verb: 'update', group: '*', version: '*', resource: '*', subresource: 'finalizers', name: '*' }))
    if (mayAll.decision === 'allow') return
    for (const { apiVersion, kind, name } of references) {
      const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion]
      const owners = kinds.all().filter((each) => each.group === group && each.version === version && each.kind === kind)
      if (owners.length === 0)
        throw refuse(
          attributes,
          `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`,
        )
      for (const { plural, namespaced } of owners) {
        const wanted = asking({
          user,
          verb: 'update',
          group,
          version,
          resource: plural,
          subresource: 'finalizers',
          name,
          namespace: namespaced ? namespace : '',
        })
        const decision = await authorizer.authorize(wanted)
        if (decision.decision !== 'allow')
          throw refuse(attributes, `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${said(decision)}`)
      }
    }
  }
  return {
    name: 'OwnerReferencesPermissionEnforcement',
    handles: ({ operation, group, resource, subresource }) =>
      (operation === 'CREATE' || operation === 'UPDATE') && !(group === '' && resource === 'pods' && subresource === 'status'),
    async validate(attributes) {
      const [references, before] = [ownersOf(attributes.object), ownersOf(attributes.oldObject)]
      if (isDeepStrictEqual(references, before)) return
      if (attributes.operation !== 'CREATE') {
        const { user, namespace, group, resourceGroup = group, version, servedVersion = version, resource, subresource, name } = attributes
        const decision = await authorizer.authorize(
          asking({ user, verb: 'delete', namespace, group: resourceGroup, version: servedVersion, resource, subresource, name }),
        )
        if (decision.decision !== 'allow') throw refuse(attributes, `cannot set an ownerRef on a resource you can't delete: ${said(decision)}`)
      }
      const blocked = new Map(before.map((each) => [each.uid, each.blockOwnerDeletion === true]))
      const blocking = references.filter(({ uid, blockOwnerDeletion }) => blockOwnerDeletion && !blocked.get(uid))
      if (blocking.length > 0) await checkBlocking(attributes, blocking)
    },
  }
}

const ownersOf = (object: AdmissionAttributes['object']): readonly OwnerReference[] => object?.metadata?.ownerReferences ?? []

const said = ({ reason, error }: Decision): string => `${reason}, ${error ?? '<nil>'}`

const asking = (given: Partial<AuthorizerAttributes> & Pick<AuthorizerAttributes, 'user' | 'verb'>): AuthorizerAttributes => ({
  isResourceRequest: true,
  path: '',
  group: '',
  version: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  ...given,
})
