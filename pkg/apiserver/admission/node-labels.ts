/** Which labels of its node a kubelet may set (docs: "Using Node Authorization", the NodeRestriction admission plugin). */

const allowed = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
])
const allowedDomains = ['kubelet.kubernetes.io', 'node.kubernetes.io']
const systemDomains = ['kubernetes.io', 'k8s.io']
const restrictedDomain = 'node-restriction.kubernetes.io'

/** Keys that differ between `next` and `old` and that a kubelet may not touch. */
export function checkNodeLabels(next: Record<string, string>, old: Record<string, string>, creating: boolean): string[] {
  const changed = new Set([...Object.keys(next), ...Object.keys(old)].filter((key) => next[key] !== old[key]))
  return [...changed].filter((key) => !mayTouch(key, creating)).sort()
}

function mayTouch(key: string, creating: boolean): boolean {
  const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : ''
  if (inDomain(domain, restrictedDomain)) return false
  if (allowed.has(key) || allowedDomains.some((each) => inDomain(domain, each))) return true
  // On creation unknown labels of the system's domains are let through no more than later.
  return !systemDomains.some((each) => inDomain(domain, each)) || (creating && domain === '')
}

const inDomain = (domain: string, parent: string): boolean => domain === parent || domain.endsWith(`.${parent}`)
