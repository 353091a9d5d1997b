/** Where we still part from kube-apiserver, or must: by list, each key with its reason beside it. */
const known: Readonly<Record<string, readonly string[]>> = {
  apps: [
    // An empty map is as good as none to our decoder: a message that shows it says null, not {}.
    'create Deployment spec.template.metadata.labels={}',
    'create Deployment spec.template.metadata.labels.app left out',
    'update Deployment spec.template.metadata.labels={}',
    'update Deployment spec.template.metadata.labels.app left out',
  ],
  // An empty list or map is as good as none to our decoder, so a message that shows it says null.
  batch: [
    'create ReplicationController spec.template.metadata.labels={}',
    'create ReplicationController spec.template.metadata.labels.app left out',
    'update ReplicationController spec.template.metadata.labels={}',
    'update ReplicationController spec.template.metadata.labels.app left out',
    'create Job spec.podFailurePolicy.rules[0].onExitCodes.values=[]',
    'create Job spec.podFailurePolicy.rules[1].onExitCodes.values=[]',
    'create Job spec.podFailurePolicy.rules[1].onExitCodes.values[0] left out',
    'create job, no exit codes',
    'update Job spec.podFailurePolicy.rules=[]',
    'update Job spec.podFailurePolicy.rules[0].onExitCodes.values=[]',
    'update Job spec.podFailurePolicy.rules[1].onExitCodes.values=[]',
    'update Job spec.podFailurePolicy.rules[1].onExitCodes.values[0] left out',
    'update Job spec.podFailurePolicy.rules[2].onPodConditions=[]',
    'update Job spec.podFailurePolicy.rules[2].onPodConditions[0] left out',
    'update Job spec.successPolicy.rules=[]',
    'update Job spec.successPolicy.rules[0] left out',
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
  // An empty list is as good as none to our decoder: a message that shows it says null.
  networking: ['update ServiceCIDR spec.cidrs=[]', 'update ServiceCIDR spec.cidrs[0] left out'],
  // An empty map or list is as good as none to our decoder, so a message that shows it says null.
  storage: ['update StorageClass parameters={}', 'update StorageClass parameters.type left out'],
  tables: [
    // What upstream makes of nothing, it converts from its internal types, which have numbers where v1 has pointers.
    'the bookmark of no ReplicaSet',
    'the bookmark of no Deployment',
    'the bookmark of no StatefulSet',
    'the bookmark of no DaemonSet',
  ],
  applies: [
    // What is made by a dry run has no version, whichever was named.
    '24: me applies with a resourceVersion&dryRun=All',
    // Managers of a version that is not there are passed over one by one, not with all others.
    '161: me creates one with managedFields one of a wrong version&dryRun=All',
    '163: me updates one with managedFields one of a wrong version, and more&dryRun=All',
    // A number beyond its type is refused, where Go's converter cuts it off.
    '296: three applies a large number&dryRun=All',
    '297: one applies a large number&dryRun=All&force=true',
  ],
  'custom-resources': [
    // Refused by both; ours says it once, or in the words that it has for kinds of its own.
    'create thing spec=[]',
    'scale: put less than nothing',
    'scale: put another kind',
    'merge of an unknown field, strictly',
    'apply with managedFields',
    'POST of what does not take it',
    'PUT of what does not take it',
    'PATCH of what does not take it',
    // Upstream's definitions have a deletion of their own, which counts no generation and has no grace period.
    'delete the definition',
  ],
  // An empty list or map is as good as none to our decoder, so a message that shows it says null, and of none there are the defaults.
  'persistent-volumes': [
    'create PersistentVolume spec.capacity={}',
    'create PersistentVolume spec.capacity.storage left out',
    'update PersistentVolume spec.capacity={}',
    'update PersistentVolume spec.capacity.storage left out',
    'update PersistentVolume spec.nodeAffinity.required.nodeSelectorTerms=[]',
    'update PersistentVolume spec.nodeAffinity.required.nodeSelectorTerms[0] left out',
    'update PersistentVolume spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions=[]',
    'update PersistentVolume spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0] left out',
    'update PersistentVolume spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values=[]',
    'update PersistentVolume spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values[0] left out',
    'update PersistentVolume spec.nodeAffinity.required.nodeSelectorTerms[0].matchFields=[]',
    'update PersistentVolume spec.nodeAffinity.required.nodeSelectorTerms[0].matchFields[0] left out',
    'update PersistentVolume spec.nodeAffinity.required.nodeSelectorTerms[0].matchFields[0].values=[]',
    'update PersistentVolume spec.nodeAffinity.required.nodeSelectorTerms[0].matchFields[0].values[0] left out',
    'update PersistentVolume spec.csi.volumeAttributes={}',
    'update PersistentVolume spec.csi.volumeAttributes.a left out',
    'update rbd spec.rbd.monitors=[]',
    'update rbd spec.rbd.monitors[0] left out',
  ],
  // An empty list or map is as good as none to our decoder, so a message that shows it says null, and of none there are the defaults.
  'persistent-volume-claims': [
    'update PersistentVolumeClaim spec.accessModes=[]',
    'update PersistentVolumeClaim spec.accessModes[0] left out',
    'update PersistentVolumeClaim spec.resources.requests={}',
    'update PersistentVolumeClaim spec.resources.requests.storage left out',
    'update PersistentVolumeClaim spec.resources.limits={}',
    'update PersistentVolumeClaim spec.resources.limits.storage left out',
    'update bound claim spec.accessModes=[]',
    'update bound claim spec.accessModes[0] left out',
    'update bound claim spec.resources.requests={}',
    'update bound claim spec.resources.requests.storage left out',
    'update bound claim spec.resources.limits={}',
    'update bound claim spec.resources.limits.storage left out',
  ],
  // An empty list or map is as good as none to our decoder, so a message that shows it says null, and of none there are the defaults.
  'core-nodes': ['update Node status status.allocatable={}'],
  // An empty list or map is as good as none to our decoder, so a message that shows it says null, and of none there are the defaults.
  'core-limits': ['quota of scopes, update 1'],
  // Of bytes left out and empty bytes our decoder makes the same.
  guards: ['create CertificateSigningRequest spec.request=""'],
  'admission-registration': [
    // What the parser expects inside of a list is more than elsewhere.
    'mutating policy by hand 8',
    // Constructors are maps to our library, whose fields are not checked before they are used.
    'mutating policy by hand 10',
    'mutating policy by hand 11',
  ],
  // An empty list is as good as none to our decoder, so a message that shows it says null.
  devices: [
    'update ResourceClaim spec.devices.requests=[]',
    'update ResourceClaim spec.devices.requests[0].exactly.selectors=[]',
    'update ResourceClaim spec.devices.requests[0].exactly.selectors[0] left out',
    'update ResourceClaim spec.devices.requests[1].firstAvailable=[]',
  ],
}

export function isKnown(list: string, key: string): boolean {
  return known[list]?.includes(key) ?? false
}
