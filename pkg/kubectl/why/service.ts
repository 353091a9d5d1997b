/** Why a service or an ingress cannot be reached. */
import { isReady } from './deletion.ts'
import { whyPod } from './pod.ts'
import { type Finder, type Finding, maxAlike } from './types.ts'

export const whyService: Finder = async (service, reader) => {
  const { metadata, spec, status = {} } = service
  const name = `Service ${metadata.name}`
  if (spec.type === 'ExternalName') return []
  const findings: Finding[] = []
  if (spec.type === 'LoadBalancer' && !status.loadBalancer?.ingress?.length)
    findings.push({ text: `${name} has no address from outside yet: nothing has given it a load balancer.` })
  const slices = await reader.list('discovery.k8s.io/v1', 'EndpointSlice', metadata.namespace, `kubernetes.io/service-name=${metadata.name}`)
  const reachable = slices.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }: any) => conditions?.ready !== false)
  if (reachable.length > 0) return findings
  const pairs = Object.entries<string>(spec.selector ?? {})
  if (pairs.length === 0) {
    findings.push({ text: `${name} has no selector, and nobody has given it endpoints.` })
    return findings
  }
  const selector = pairs.map(([key, value]) => `${key}=${value}`).join(',')
  const pods = await reader.list('v1', 'Pod', metadata.namespace, selector)
  if (pods.length === 0) {
    findings.push({
      text: `${name} reaches nothing: no pod has the labels ${selector}.`,
      advice: "Compare the service's selector with the labels of the pods.",
    })
    return findings
  }
  const because: Finding[] = []
  for (const pod of pods.filter((each) => !isReady(each)).slice(0, maxAlike)) because.push(...(await whyPod(pod, reader)))
  const ready = pods.filter(isReady)
  const named = (spec.ports ?? []).map(({ targetPort }: any) => targetPort).filter((port: unknown) => typeof port === 'string' && port !== '')
  for (const port of new Set<string>(named)) {
    const has = pods.some((pod) => pod.spec.containers.some((each: any) => each.ports?.some((its: any) => its.name === port)))
    if (!has) because.push({ text: `No container of its pods has a port named ${port}.` })
  }
  findings.push({ text: ready.length === 0 ? `${name} reaches nothing: none of its ${pods.length} pods is ready.` : `${name} has no ready endpoint.`, because })
  return findings
}

export const whyIngress: Finder = async (ingress, reader) => {
  const { metadata, spec, status = {} } = ingress
  const findings: Finding[] = []
  if (spec.ingressClassName && !(await reader.get('networking.k8s.io/v1', 'IngressClass', undefined, spec.ingressClassName)))
    findings.push({ text: `Its ingress class ${spec.ingressClassName} does not exist, so no controller serves it.` })
  else if (!status.loadBalancer?.ingress?.length) findings.push({ text: `Ingress ${metadata.name} has no address yet: no controller has taken it.` })
  const backends = [spec.defaultBackend, ...(spec.rules ?? []).flatMap(({ http }: any) => (http?.paths ?? []).map(({ backend }: any) => backend))]
  const seen = new Set<string>()
  for (const backend of backends) {
    const of = backend?.service
    if (!of || seen.has(of.name)) continue
    seen.add(of.name)
    const service = await reader.get('v1', 'Service', metadata.namespace, of.name)
    if (!service) findings.push({ text: `Its service ${of.name} does not exist.` })
    else {
      if (!service.spec.ports?.some((each: any) => each.port === of.port?.number || (of.port?.name && each.name === of.port.name)))
        findings.push({ text: `Its service ${of.name} has no port ${of.port?.number ?? of.port?.name}.` })
      findings.push(...(await whyService(service, reader)))
    }
  }
  for (const { secretName } of spec.tls ?? [])
    if (secretName && !(await reader.get('v1', 'Secret', metadata.namespace, secretName)))
      findings.push({ text: `Its TLS secret ${secretName} does not exist.` })
  return findings
}
