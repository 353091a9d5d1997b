/** Describing endpoints, slices, ingress classes and network policies. */
import { formatLabelSelector } from '#apimachinery/labels.ts'
import { describeConditionTimes } from './config.ts'
import type { Description } from './text.ts'
import type { Describer } from './types.ts'

export const describeEndpoints: Describer = (out, { object }) => {
  const { metadata, subsets = [] } = object
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace).map('Labels', metadata.labels).annotations(metadata.annotations)
  out.line(0, 'Subsets:')
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    out.line(1, 'Addresses:', addresses.map(({ ip }: any) => ip).join(',') || '<none>')
    out.line(1, 'NotReadyAddresses:', notReadyAddresses.map(({ ip }: any) => ip).join(',') || '<none>')
    if (ports.length > 0) {
      out.line(1, 'Ports:').line(2, 'Name', 'Port', 'Protocol').line(2, '----', '----', '--------')
      for (const { name, port, protocol } of ports) out.line(2, name || '<unset>', port, protocol)
    }
    out.line(0, '')
  }
}

export const describeEndpointSlice: Describer = (out, { object }) => {
  const { metadata, addressType } = object
  const [ports, endpoints] = [object.ports ?? [], object.endpoints ?? []]
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace).map('Labels', metadata.labels).annotations(metadata.annotations)
  out.line(0, 'AddressType:', addressType)
  if (ports.length === 0) out.line(0, 'Ports: <unset>')
  else {
    out.line(0, 'Ports:').line(1, 'Name', 'Port', 'Protocol').line(1, '----', '----', '--------')
    for (const { name, port, protocol } of ports) out.line(1, name || '<unset>', port ?? '<unset>', protocol)
  }
  if (endpoints.length === 0) return void out.line(0, 'Endpoints: <none>')
  out.line(0, 'Endpoints:')
  for (const { addresses = [], conditions = {}, hostname, targetRef, nodeName, zone } of endpoints) {
    out
      .line(1, '- Addresses:', addresses.join(', ') || '<none>')
      .line(2, 'Conditions:')
      .line(3, 'Ready:', conditions.ready ?? '<unset>')
    out.line(2, 'Hostname:', hostname ?? '<unset>')
    if (targetRef) out.line(2, 'TargetRef:', `${targetRef.kind}/${targetRef.name}`)
    out.line(2, 'NodeName:', nodeName ?? '<unset>').line(2, 'Zone:', zone ?? '<unset>')
  }
}

export const describeIngressClass: Describer = (out, { object }) => {
  const { metadata, spec } = object
  out.line(0, 'Name:', metadata.name).map('Labels', metadata.labels).annotations(metadata.annotations).line(0, 'Controller:', spec.controller)
  if (!spec.parameters) return
  out.line(0, 'Parameters:')
  if (spec.parameters.apiGroup) out.line(1, 'APIGroup:', spec.parameters.apiGroup)
  out.line(1, 'Kind:', spec.parameters.kind).line(1, 'Name:', spec.parameters.name)
}

export const describeServiceCidr: Describer = (out, { object }) => {
  const { metadata, spec, status = {} } = object
  out.line(0, 'Name:', metadata.name).map('Labels', metadata.labels).annotations(metadata.annotations)
  out.line(0, 'CIDRs:', (spec.cidrs ?? []).join(', '))
  if (status.conditions?.length > 0) describeConditionTimes(out.line(0, 'Status:'), status.conditions)
}

export const describeIpAddress: Describer = (out, { object }) => {
  const { metadata, spec } = object
  out.line(0, 'Name:', metadata.name).map('Labels', metadata.labels).annotations(metadata.annotations)
  if (!spec.parentRef) return
  const { group = '', resource = '', namespace = '', name = '' } = spec.parentRef
  out.line(0, 'Parent Reference:').line(1, 'Group:', group).line(1, 'Resource:', resource).line(1, 'Namespace:', namespace).line(1, 'Name:', name)
}

export const describeNetworkPolicy: Describer = (out, { object }) => {
  const { metadata, spec } = object
  const created = new Date(metadata.creationTimestamp)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z/, ' +0000 UTC')
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace).line(0, 'Created on:', created)
  out.map('Labels', metadata.labels).annotations(metadata.annotations).line(0, 'Spec:')
  const selector = formatLabelSelector(spec.podSelector ?? {})
  const any = Object.keys(spec.podSelector?.matchLabels ?? {}).length + (spec.podSelector?.matchExpressions ?? []).length === 0
  out.line(1, `PodSelector:     ${any ? '<none> (Allowing the specific traffic to all pods in this namespace)' : selector}`)
  const types: string[] = spec.policyTypes ?? []
  for (const { type, word, rules, peers } of [
    { type: 'Ingress', word: 'ingress', rules: spec.ingress ?? [], peers: 'from' },
    { type: 'Egress', word: 'egress', rules: spec.egress ?? [], peers: 'to' },
  ]) {
    if (!types.includes(type)) {
      out.line(1, `Not affecting ${word} traffic`)
      continue
    }
    out.line(1, `Allowing ${word} traffic:`)
    if (rules.length === 0) out.line(2, `<none> (Selected pods are isolated for ${word} connectivity)`)
    for (const [index, rule] of rules.entries()) {
      policyRule(out, rule.ports ?? [], rule[peers] ?? [], peers === 'from' ? 'From' : 'To')
      if (index < rules.length - 1) out.line(2, '----------')
    }
  }
  out.line(1, `Policy Types: ${types.join(', ') || '<none>'}`)
}

function policyRule(out: Description, ports: readonly any[], peers: readonly any[], word: 'From' | 'To'): void {
  if (ports.length === 0) out.line(2, 'To Port: <any> (traffic allowed to all ports)')
  // The original's word for a port that is not set.
  for (const { port = '<nil>', endPort, protocol = 'TCP' } of ports)
    out.line(2, endPort === undefined ? `To Port: ${port}/${protocol}` : `To Port Range: ${port}-${endPort}/${protocol}`)
  if (peers.length === 0) out.line(2, `${word}: <any> (traffic not restricted by ${word === 'From' ? 'source' : 'destination'})`)
  for (const { podSelector, namespaceSelector, ipBlock } of peers) {
    out.line(2, `${word}:`)
    if (namespaceSelector) out.line(3, `NamespaceSelector: ${formatLabelSelector(namespaceSelector)}`)
    if (podSelector) out.line(3, `PodSelector: ${formatLabelSelector(podSelector)}`)
    if (ipBlock && !podSelector && !namespaceSelector)
      out
        .line(3, 'IPBlock:')
        .line(4, `CIDR: ${ipBlock.cidr}`)
        .line(4, `Except: ${(ipBlock.except ?? []).join(', ')}`)
  }
}
