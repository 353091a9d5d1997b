/** Where we still part from kube-apiserver, or must: by list, each key with its reason beside it. */
const known: Readonly<Record<string, readonly string[]>> = {
  policies: [
    // The library stops at its first error, so that of functions after it no overloads are known.
    'ValidatingAdmissionPolicy  shows-25',
    // Upstream cannot convert what it has converted for a policy back again; ours can.
    'mutating-equivalent v1',
    // A null in a configuration is a value of protobuf to upstream, and nothing to ours.
    'apply-null',
    // The labels that a Scale was sent with select nothing here.
    'mutating-deployments: scale',
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
  tables: [
    // What upstream makes of nothing, it converts from its internal types, which have numbers where v1 has pointers.
    'the bookmark of no ReplicaSet',
    'the bookmark of no Deployment',
    'the bookmark of no StatefulSet',
    'the bookmark of no DaemonSet',
  ],
  'custom-resources': [
    // Refused by both; ours says it once.
    'merge of an unknown field, strictly',
    // Upstream reads the managers of an apply before it asks whether there may be any.
    'apply with managedFields',
  ],
  // Managers of several versions are compared without asking the webhook, which upstream does, and forgets them all where its answers contradict each other.
  conversions: ['convert-list: patch', 'convert-prune: patch', 'convert-no-spec: patch'],
  // Of bytes left out and empty bytes our decoder makes the same.
  guards: ['create CertificateSigningRequest spec.request=""'],
  'admission-registration': [
    // Constructors are maps to our library, whose fields are not checked before they are used.
    'mutating policy by hand 10',
    'mutating policy by hand 11',
  ],
}

export function isKnown(list: string, key: string): boolean {
  return known[list]?.includes(key) ?? false
}
