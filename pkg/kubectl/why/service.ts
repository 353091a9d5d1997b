/** Why a service or an ingress cannot be reached. */
import { selectorFromLabelSelector } from '#apimachinery/labels.ts'
import { isReady } from './deletion.ts'
import { whyPod } from './pod.ts'
import { type Finder, type Finding, maxAlike, type Reader } from './types.ts'

export const whyService: Finder = async (service, reader) => {
  const { metadata, spec, status = {} } = service
  const name = `Service ${metadata.name}`
  if (spec.type === 'ExternalName') return []
  const findings: Finding[] = []
  if (spec.type === 'LoadBalancer' && !status.loadBalancer?.ingress?.length)
    findings.push({ text: `${name} has no address from outside yet: nothing has given it a load balancer.` })
  const slices = await reader.list('discovery.k8s.io/v1', 'EndpointSlice', metadata.namespace, `kubernetes.io/service-name=${metadata.name}`)
  const reachable = slices.filter(({ endpoints }) => endpoints?.some(({ conditions }: any) => conditions?.ready !== false))
  const pairs = Object.entries<string>(spec.selector ?? {})
  if (reachable.length > 0) {
    if (pairs.length > 0) findings.push(...(await behindEndpoints(service, reachable, reader)))
    return findings
  }
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
      because: await nearly(service, pairs, reader),
    })
    return findings
  }
  const because: Finding[] = []
  for (const pod of pods.filter((each) => !isReady(each)).slice(0, maxAlike)) because.push(...(await whyPod(pod, reader)))
  const ready = pods.filter(isReady)
  because.push(...wrongPorts(service, pods))
  findings.push({ text: ready.length === 0 ? `${name} reaches nothing: none of its ${pods.length} pods is ready.` : `${name} has no ready endpoint.`, because })
  return findings
}

/** Endpoints are there, and yet nothing may answer: ports that no container has, policies that let nobody in. */
async function behindEndpoints(service: any, slices: readonly any[], reader: Reader): Promise<Finding[]> {
  const { metadata, spec } = service
  const selector = Object.entries(spec.selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  const pods = await reader.list('v1', 'Pod', metadata.namespace, selector)
  const served = new Set(slices.flatMap(({ ports }) => (ports ?? []).map(({ name }: any) => name ?? '')))
  const because = wrongPorts(service, pods)
  if (because.length === 0)
    for (const { name = '', port } of spec.ports ?? []) if (!served.has(name)) because.push({ text: `Its port ${port} leads to no endpoint.` })
  const policies = (await reader.list('networking.k8s.io/v1', 'NetworkPolicy', metadata.namespace)).filter(({ spec: its }) =>
    (its.policyTypes ?? ['Ingress']).includes('Ingress'),
  )
  const shut = pods.find((pod) => {
    const its = policies.filter(({ spec: { podSelector } }) => selectorFromLabelSelector(podSelector ?? {}).matches(pod.metadata.labels ?? {}))
    return its.length > 0 && its.every(({ spec: { ingress } }) => !ingress?.length)
  })
  if (shut)
    because.push({
      text: `Network policies let nobody connect to pod ${shut.metadata.name}.`,
      advice: 'Add a NetworkPolicy with an ingress rule for those that may.',
    })
  return because.length === 0 ? [] : [{ text: `Service ${metadata.name} has endpoints, but may not be reached.`, because }]
}

/** A named target that no container has leads nowhere; a number that none declares mostly does, though a container need not declare it. */
function wrongPorts({ spec }: any, pods: readonly any[]): Finding[] {
  const found: Finding[] = []
  const declared = pods.flatMap(({ spec: { containers, initContainers = [] } }) =>
    [...containers, ...initContainers.filter((each: any) => each.restartPolicy === 'Always')].flatMap(({ ports }: any) => ports ?? []),
  )
  const have = [...new Set(declared.map(({ name, containerPort }) => (name ? `${name} (${containerPort})` : `${containerPort}`)))].join(', ')
  for (const { port, targetPort = port, protocol = 'TCP' } of spec.ports ?? []) {
    if (typeof targetPort === 'string') {
      if (!declared.some(({ name }) => name === targetPort))
        found.push({
          text: `No container of its pods has a port named ${targetPort}${have ? `; they have ${have}` : ''}.`,
          advice: "Mend the service's targetPort, or name the container's port so.",
        })
    } else if (declared.length > 0 && !declared.some((its) => its.containerPort === targetPort && (its.protocol ?? 'TCP') === protocol)) {
      found.push({
        text: `Its port ${port} leads to ${protocol} port ${targetPort}, which no container of its pods names; they have ${have}.`,
        advice: "Mend the service's targetPort, unless a container listens there without saying so.",
      })
    }
  }
  return found
}

/** Pods that all but one label fit: a typing error, most likely. */
async function nearly({ metadata }: any, pairs: readonly (readonly [string, string])[], reader: Reader): Promise<Finding[]> {
  if (pairs.length < 1) return []
  const pods = await reader.list('v1', 'Pod', metadata.namespace)
  const texts = pods.flatMap((pod) => {
    const wrong = pairs.filter(([key, value]) => pod.metadata.labels?.[key] !== value)
    const [key] = wrong[0] ?? ['']
    const has = pod.metadata.labels?.[key]
    return wrong.length === 1 && (pairs.length > 1 || has !== undefined)
      ? [`Pod ${pod.metadata.name} has ${has === undefined ? `no label ${key}` : `${key}=${has}`}.`]
      : []
  })
  return texts.slice(0, maxAlike).map((text) => ({ text }))
}

export const whyIngress: Finder = async (ingress, reader) => {
  const { metadata, spec, status = {} } = ingress
  const findings: Finding[] = []
  if (spec.ingressClassName && !(await reader.get('networking.k8s.io/v1', 'IngressClass', undefined, spec.ingressClassName)))
    findings.push({ text: `Its ingress class ${spec.ingressClassName} does not exist, so no controller serves it.` })
  else if (!spec.ingressClassName && !metadata.annotations?.['kubernetes.io/ingress.class'] && !(await defaultClass(reader)))
    findings.push({ text: 'It names no ingress class, and none is the default.', advice: 'Set spec.ingressClassName.' })
  else if (!status.loadBalancer?.ingress?.length) findings.push({ text: 'It has no address yet: no controller has taken it.' })
  const backends = [spec.defaultBackend, ...(spec.rules ?? []).flatMap(({ http }: any) => (http?.paths ?? []).map(({ backend }: any) => backend))]
  const seen = new Set<string>()
  for (const backend of backends) {
    const of = backend?.service
    if (!of || seen.has(of.name)) continue
    seen.add(of.name)
    const service = await reader.get('v1', 'Service', metadata.namespace, of.name)
    if (!service) findings.push({ text: `Its service ${of.name} does not exist.`, advice: `Create the service ${of.name}, or mend the name in the ingress.` })
    else {
      if (!service.spec.ports?.some((each: any) => each.port === of.port?.number || (of.port?.name && each.name === of.port.name)))
        findings.push({ text: `Its service ${of.name} has no port ${of.port?.number ?? of.port?.name}.` })
      findings.push(...(await whyService(service, reader)))
    }
  }
  for (const { secretName } of spec.tls ?? [])
    if (secretName && !(await reader.get('v1', 'Secret', metadata.namespace, secretName)))
      findings.push({ text: `Its TLS secret ${secretName} does not exist.` })
  return findings.length === 0 ? [] : [{ text: `Ingress ${metadata.name} does not serve all that it should.`, because: findings }]
}

async function defaultClass(reader: Reader): Promise<boolean> {
  const classes = await reader.list('networking.k8s.io/v1', 'IngressClass', undefined)
  return classes.some(({ metadata }) => metadata.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true')
}
