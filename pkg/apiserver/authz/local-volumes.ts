/**
 * Who may create or delete the subresource `localvolumes` of nodes may have kubelets make and remove the directories of local
 * volumes, through `nodes/NAME/proxy/localVolumes/VOLUME`: without it, the provisioner needed `nodes/proxy`, which runs any
 * command on any node. Ours, as the directories are.
 */
import type { Authorizer, Decision } from '../types.ts'

/** As it was sent: nothing in it that a reader further on might take for another path. */
const directory = /^\/api\/v1\/nodes\/[a-z\d][a-z\d.-]*\/proxy\/localVolumes\/[a-z\d][a-z\d.-]*$/
const noOpinion: Decision = { decision: 'no-opinion', reason: '' }

export function localVolumesAuthorizer(rbac: Authorizer): Authorizer {
  return {
    name: 'LocalVolumes',
    authorize(attributes) {
      const { group, resource, subresource, verb, path } = attributes
      if (group !== '' || resource !== 'nodes' || subresource !== 'proxy' || (verb !== 'create' && verb !== 'delete') || !directory.test(path)) return noOpinion
      return rbac.authorize({ ...attributes, subresource: 'localvolumes' })
    },
  }
}
