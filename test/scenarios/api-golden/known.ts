/** Where we still part from kube-apiserver, or must: by list, each key with its reason beside it. */
const known: Readonly<Record<string, readonly string[]>> = {
  apps: [
    // An empty map is as good as none to our decoder: a message that shows it says null, not {}.
    'create Deployment spec.template.metadata.labels={}',
    'create Deployment spec.template.metadata.labels.app left out',
    'update Deployment spec.template.metadata.labels={}',
    'update Deployment spec.template.metadata.labels.app left out',
  ],
  // A list or struct that Go writes as null where it is not set: an empty one, or none, in ours.
  'pod-volumes': [
    'create volumes spec.volumes[22].projected={}',
    'create volumes spec.volumes[22].projected.sources left out',
    'create volumes spec.volumes[22].projected.sources=[]',
    'create volumes spec.volumes[24].scaleIO.secretRef left out',
  ],
  pods: [
    // No warning yet of values in preferences that no label can have.
    'create placed spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values[0]=odd',
    'create placed spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values[0]=long',
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
  // No group is left out where upstream writes null, and an empty list is as good as none to our decoder: a message that shows it says null.
  networking: [
    'create Ingress spec.rules[0].http.paths[1].backend.resource.apiGroup left out',
    'update Ingress spec.rules[0].http.paths[1].backend.resource.apiGroup left out',
    'update ServiceCIDR spec.cidrs=[]',
    'update ServiceCIDR spec.cidrs[0] left out',
  ],
  // A list with nothing in it is [] with us, where upstream writes null, and an empty one is as good as none in managed fields (apimachinery/codec/zero.ts).
  rbac: [
    'create Role rules left out',
    'create Role rules=[]',
    'update Role rules left out',
    'update Role rules=[]',
    'create ClusterRole rules left out',
    'create ClusterRole rules=[]',
    'create gathering ClusterRole',
    'create gathering ClusterRole aggregationRule left out',
    'create gathering ClusterRole aggregationRule.clusterRoleSelectors=doubled',
    'create gathering ClusterRole aggregationRule.clusterRoleSelectors[0]={}',
    'create gathering ClusterRole aggregationRule.clusterRoleSelectors[0].matchLabels left out',
    'create gathering ClusterRole aggregationRule.clusterRoleSelectors[0].matchLabels={}',
    'create gathering ClusterRole aggregationRule.clusterRoleSelectors[0].matchLabels=with an unknown field',
    'create gathering ClusterRole aggregationRule.clusterRoleSelectors[0].matchLabels.golden/none left out',
    'create gathering ClusterRole aggregationRule.clusterRoleSelectors[0].matchLabels.golden/none=""',
    'update ClusterRole rules left out',
    'update ClusterRole rules=[]',
  ],
  // A list with nothing in it is [] with us, where upstream writes null, and an empty one is as good as none in managed fields (apimachinery/codec/zero.ts).
  slices: [
    'create EndpointSlice endpoints left out',
    'create EndpointSlice endpoints=[]',
    'create EndpointSlice endpoints[0] left out',
    'create EndpointSlice ports left out',
    'create EndpointSlice ports=[]',
    'create EndpointSlice ports[0] left out',
    'update EndpointSlice endpoints left out',
    'update EndpointSlice endpoints=[]',
    'update EndpointSlice endpoints[0] left out',
    'update EndpointSlice ports left out',
    'update EndpointSlice ports=[]',
    'update EndpointSlice ports[0] left out',
  ],
  // An empty map or list is as good as none to our decoder, so a message that shows it says null; a list with nothing in it is [] with us, where upstream writes null (apimachinery/codec/zero.ts).
  storage: [
    'update StorageClass parameters={}',
    'update StorageClass parameters.type left out',
    'create CSINode spec left out',
    'create CSINode spec={}',
    'create CSINode spec.drivers left out',
    'create CSINode spec.drivers=[]',
    'create CSINode spec.drivers[0] left out',
    'create CSINode spec.drivers[0].topologyKeys left out',
    'create CSINode spec.drivers[0].topologyKeys=[]',
    'create CSINode spec.drivers[0].topologyKeys[0] left out',
  ],
  // A list with nothing in it is [] with us, where upstream writes null, and an empty one is as good as none in managed fields (apimachinery/codec/zero.ts).
  tables: [
    'HorizontalPodAutoscaler as a v1beta1 table with whole objects',
    'EndpointSlice as a table',
    'EndpointSlice as a v1beta1 table with whole objects',
    'EndpointSlice by metadata',
    'CSINode as a table',
    'CSINode as a v1beta1 table with whole objects',
    'CSINode by metadata',
    // What upstream makes of nothing, it converts from its internal types, which have numbers where v1 has pointers.
    'the bookmark of no ReplicaSet',
    'the bookmark of no Deployment',
    'the bookmark of no StatefulSet',
    'the bookmark of no DaemonSet',
  ],
  // Of two stored versions of one name upstream says that the first is not stored, which it is.
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
  'custom-definitions': ['create definition spec.versions=doubled', 'create definition with its schema spec.versions=doubled'],
}

export function isKnown(list: string, key: string): boolean {
  return known[list]?.includes(key) ?? false
}
