/** The node authorizer (docs: "Using Node Authorization"): a kubelet reaches its own objects and those its pods refer to. */
import { isNodeUser, nodeNameOf } from '../authn/users.ts'
import type { Authorizer, AuthorizerAttributes, Decision } from '../types.ts'
import type { GraphKind, NodeGraph } from './node-graph.ts'
import { nodeRules } from './policy/node-rules.ts'
import { rulesAllow } from './rules.ts'

const allow: Decision = { decision: 'allow', reason: '' }
const refuse = (reason: string): Decision => ({ decision: 'no-opinion', reason })
const reading = ['get', 'list', 'watch']

type Check = (nodeName: string, attributes: AuthorizerAttributes) => Promise<Decision> | Decision

export function nodeAuthorizer(graph: NodeGraph): Authorizer {
  const checks = resourceChecks(graph)
  return {
    name: 'Node',
    authorize(attributes) {
      if (!isNodeUser(attributes.user)) return refuse('')
      const nodeName = nodeNameOf(attributes.user)
      if (!nodeName) return refuse(`unknown node for user "${attributes.user.name}"`)
      const check = attributes.isResourceRequest ? checks[`${attributes.group}/${attributes.resource}`] : undefined
      if (check) return check(nodeName, attributes)
      return rulesAllow(attributes, nodeRules) ? allow : refuse('')
    },
  }
}

function resourceChecks(graph: NodeGraph): Record<string, Check> {
  const related = async (kind: GraphKind, nodeName: string, { namespace, name }: AuthorizerAttributes): Promise<Decision> => {
    if (name === '') return refuse('No Object name found')
    return (await graph(nodeName, kind, namespace, name)) ? allow : refuse(`no relationship found between node '${nodeName}' and this object`)
  }
  const readOne =
    (kind: GraphKind): Check =>
    (nodeName, attributes) => {
      if (!reading.includes(attributes.verb)) return refuse('can only read resources of this type')
      if (attributes.subresource !== '') return refuse('cannot read subresource')
      if (attributes.namespace === '') return refuse('can only read namespaced object of this type')
      return related(kind, nodeName, attributes)
    }
  const getOne =
    (kind: GraphKind): Check =>
    (nodeName, attributes) => {
      if (attributes.verb !== 'get') return refuse('can only get individual resources of this type')
      if (attributes.subresource !== '') return refuse('cannot get subresource')
      return related(kind, nodeName, attributes)
    }
  return {
    '/secrets': readOne('secret'),
    '/configmaps': readOne('configmap'),
    '/persistentvolumeclaims': (nodeName, attributes) => {
      if (attributes.subresource !== 'status') return getOne('persistentvolumeclaim')(nodeName, attributes)
      if (!['update', 'patch'].includes(attributes.verb)) return refuse('can only get/update/patch this type')
      return related('persistentvolumeclaim', nodeName, attributes)
    },
    '/persistentvolumes': getOne('persistentvolume'),
    'storage.k8s.io/volumeattachments': getOne('volumeattachment'),
    'resource.k8s.io/resourceclaims': getOne('resourceclaim'),
    '/serviceaccounts': (nodeName, attributes) => {
      if (attributes.verb === 'create' && attributes.subresource === 'token') return related('serviceaccount', nodeName, attributes)
      if (attributes.verb === 'get' && attributes.subresource === '') return related('serviceaccount', nodeName, attributes)
      return refuse('can only create tokens for individual service accounts')
    },
    'coordination.k8s.io/leases': ownLease,
    'storage.k8s.io/csinodes': ownCsiNode,
    'resource.k8s.io/resourceslices': ownResourceSlices,
    '/nodes': ownNode,
    '/pods': (nodeName, attributes) => ownPods(graph, nodeName, attributes),
  }
}

const ownLease: Check = (nodeName, { verb, namespace, name, subresource }) => {
  if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb) || subresource !== '')
    return refuse('can only get, create, update, patch, or delete a node lease')
  if (namespace !== 'kube-node-lease') return refuse('can only access leases in the "kube-node-lease" system namespace')
  if (verb !== 'create' && name !== nodeName) return refuse('can only access node lease with the same name as the requesting node')
  return allow
}

const ownCsiNode: Check = (nodeName, { verb, name, subresource }) => {
  if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb) || subresource !== '')
    return refuse('can only get, create, update, patch, or delete a CSINode')
  return verb === 'create' || name === nodeName ? allow : refuse('can only access CSINode with the same name as the requesting node')
}

const ownResourceSlices: Check = (nodeName, { verb, subresource, fieldSelector }) => {
  if (subresource !== '') return refuse('cannot authorize ResourceSlice subresources')
  if (['get', 'create', 'update', 'patch', 'delete'].includes(verb)) return allow
  if (['list', 'watch', 'deletecollection'].includes(verb) && selects(fieldSelector, 'spec.nodeName', nodeName)) return allow
  return refuse('can only list/watch/deletecollection resourceslices with nodeName field selector')
}

const ownNode: Check = (nodeName, attributes) => {
  const { verb, name, fieldSelector } = attributes
  if (reading.includes(verb) && name !== nodeName && !selects(fieldSelector, 'metadata.name', nodeName))
    return refuse(`node '${nodeName}' cannot read '${name}', only its own Node object`)
  return rulesAllow(attributes, nodeRules) ? allow : refuse('')
}

async function ownPods(graph: NodeGraph, nodeName: string, attributes: AuthorizerAttributes): Promise<Decision> {
  const { verb, subresource, name, namespace, fieldSelector } = attributes
  if (subresource === '' && verb === 'get')
    return (await graph(nodeName, 'pod', namespace, name)) ? allow : refuse(`no relationship found between node '${nodeName}' and this object`)
  if (subresource === '' && (verb === 'list' || verb === 'watch'))
    return selects(fieldSelector, 'spec.nodeName', nodeName) ? allow : refuse('can only list/watch pods with spec.nodeName field selector')
  return rulesAllow(attributes, nodeRules) ? allow : refuse('')
}

function selects(fieldSelector: string | undefined, field: string, value: string): boolean {
  return fieldSelector?.split(',').some((each) => each === `${field}=${value}` || each === `${field}==${value}`) ?? false
}
