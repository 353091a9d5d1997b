/** Where we still part from kube-apiserver, or must: by list, each key with its reason beside it. */
const known: Readonly<Record<string, readonly string[]>> = {
  apps: [
    // An empty map is as good as none to our decoder: a message that shows it says null, not {}.
    'create Deployment spec.template.metadata.labels={}',
    'create Deployment spec.template.metadata.labels.app left out',
    'update Deployment spec.template.metadata.labels={}',
    'update Deployment spec.template.metadata.labels.app left out',
  ],
  // Ours has metrics.k8s.io in it, which elsewhere a server of its own registers.
  discovery: [
    '/apis',
    '/apis/',
    '/apis as */*',
    '/apis as application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json',
    '/apis as application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList;profile=nopeer',
    '/apis as application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList, application/vnd.kubernetes.protobuf;q=0.1',
  ],
}

export function isKnown(list: string, key: string): boolean {
  return known[list]?.includes(key) ?? false
}
