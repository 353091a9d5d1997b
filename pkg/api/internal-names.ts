/** Where an internal type of pods and volumes differs from the versioned one in more than capitals (pkg/apis/core/types.go). */

/** Fields that have a name of their own wherever they are, by their name in JSON. */
export const ownNames: Readonly<Record<string, string>> = {
  cel: 'CEL',
  cephfs: 'CephFS',
  chapAuthDiscovery: 'DiscoveryCHAPAuth',
  chapAuthSession: 'SessionCHAPAuth',
  pdName: 'PDName',
  scaleIO: 'ScaleIO',
  storageos: 'StorageOS',
  wwids: 'WWIDs',
}

const ofGlusterfs = { endpoints: 'EndpointsName' }
const ofRbd = { monitors: 'CephMonitors', image: 'RBDImage', pool: 'RBDPool', user: 'RadosUser' }

/** Those that have it in one type. */
export const ownNamesIn: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AzureDiskVolumeSource: { diskURI: 'DataDiskURI' },
  DeviceAttribute: {
    int: 'IntValue',
    bool: 'BoolValue',
    string: 'StringValue',
    version: 'VersionValue',
    ints: 'IntValues',
    bools: 'BoolValues',
    strings: 'StringValues',
    versions: 'VersionValues',
  },
  GlusterfsPersistentVolumeSource: ofGlusterfs,
  GlusterfsVolumeSource: ofGlusterfs,
  RBDPersistentVolumeSource: ofRbd,
  RBDVolumeSource: ofRbd,
}

const ofVolumes = [
  ['quobyte', 'rbd'],
  ['flexVolume', 'quobyte'],
] as const
const ofPersistentVolumes = [
  ['quobyte', 'rbd'],
  ['flexVolume', 'iscsi'],
] as const

/** Fields that stand elsewhere: each, and the one that it stands behind. */
export const fieldsBehind: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  PersistentVolumeSource: ofPersistentVolumes,
  PersistentVolumeSpec: ofPersistentVolumes,
  PodSecurityContext: [['sysctls', 'fsGroupChangePolicy']],
  PodSpec: [
    ['setHostnameAsFQDN', 'subdomain'],
    ['preemptionPolicy', 'priority'],
    ['overhead', 'runtimeClassName'],
  ],
  Volume: ofVolumes,
  VolumeSource: ofVolumes,
}

/** Fields of a pod's spec that are of its security context inside. */
export const podOwnFields = ['HostNetwork', 'HostPID', 'HostIPC', 'ShareProcessNamespace', 'HostUsers'] as const
