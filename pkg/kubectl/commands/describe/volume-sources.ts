/** What each kind of volume tells of itself, of pods and of persistent volumes (upstream's print…VolumeSource). */
import { Quantity } from '#apimachinery/quantity.ts'
import { escapeTerminal } from '../../printers/terminal.ts'
import { describeClaimFields } from './claim-fields.ts'
import { type Description, shorten } from './text.ts'

/** How a field is told, that it is told when it is not set, and what is told then. */
type Field = readonly [title: string, tell: (source: any) => unknown]

const text = (title: string, member: string, unset = ''): Field => [`${title}:`, (source) => source[member] ?? unset]
const number = (title: string, member: string): Field => [`${title}:`, (source) => source[member] ?? 0]
const bool = (title: string, member: string): Field => [`${title}:`, (source) => source[member] ?? false]
const list = (title: string, member: string): Field => [`${title}:`, (source) => `[${(source[member] ?? []).join(' ')}]`]
/** A reference, as Go prints such a struct. */
const reference = (title: string, kind: string, ...members: readonly (readonly [string, string])[]): Field => [
  `${title}:`,
  ({ secretRef }) => (secretRef ? `&${kind}{${members.map(([name, member]) => `${name}:${secretRef[member] ?? ''},`).join('')}}` : 'nil'),
]
const fsType = text('FSType', 'fsType')
const readOnly = bool('ReadOnly', 'readOnly')
const optional = bool('Optional', 'optional')
const localSecret = reference('SecretRef', 'LocalObjectReference', ['Name', 'name'])
const namedSecret = reference('SecretRef', 'SecretReference', ['Name', 'name'], ['Namespace', 'namespace'])

interface Kind {
  readonly title: string
  readonly fields: readonly Field[]
  /** Of persistent volumes, where they tell other things. */
  readonly persistent?: readonly Field[]
}

const scaleIo = [
  text('Gateway', 'gateway'),
  text('System', 'system'),
  text('Protection Domain', 'protectionDomain'),
  text('Storage Pool', 'storagePool'),
  text('Storage Mode', 'storageMode'),
  text('VolumeName', 'volumeName'),
]
const rbd = [
  list('CephMonitors', 'monitors'),
  text('RBDImage', 'image'),
  fsType,
  text('RBDPool', 'pool'),
  text('RadosUser', 'user'),
  text('Keyring', 'keyring'),
]
const cephFs = [list('Monitors', 'monitors'), text('Path', 'path'), text('User', 'user'), text('SecretFile', 'secretFile')]
const iscsi = (secret: Field): readonly Field[] => [
  text('TargetPortal', 'targetPortal'),
  text('IQN', 'iqn'),
  number('Lun', 'lun'),
  // The original has no colon here.
  ['ISCSIInterface', ({ iscsiInterface = '' }) => iscsiInterface],
  fsType,
  readOnly,
  list('Portals', 'portals'),
  bool('DiscoveryCHAPAuth', 'chapAuthDiscovery'),
  bool('SessionCHAPAuth', 'chapAuthSession'),
  secret,
  text('InitiatorName', 'initiatorName', '<none>'),
]
const flex = (secret: Field): readonly Field[] => [
  text('Driver', 'driver'),
  fsType,
  secret,
  readOnly,
  [
    'Options:',
    ({ options = {} }) =>
      `map[${Object.keys(options)
        .sort()
        .map((key) => `${key}:${options[key]}`)
        .join(' ')}]`,
  ],
]
const azureFile = [text('SecretName', 'secretName'), text('ShareName', 'shareName'), readOnly]
const glusterfs = [text('EndpointsName', 'endpoints'), text('Path', 'path'), readOnly]

const kinds: Readonly<Record<string, Kind>> = {
  hostPath: { title: 'HostPath (bare host directory volume)', fields: [text('Path', 'path'), text('HostPathType', 'type', '<none>')] },
  emptyDir: {
    title: "EmptyDir (a temporary directory that shares a pod's lifetime)",
    fields: [
      text('Medium', 'medium'),
      ['SizeLimit:', ({ sizeLimit }) => (sizeLimit !== undefined && Quantity.parse(String(sizeLimit)).toNumber() > 0 ? sizeLimit : '<unset>')],
    ],
  },
  gcePersistentDisk: {
    title: 'GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)',
    fields: [text('PDName', 'pdName'), fsType, number('Partition', 'partition'), readOnly],
  },
  awsElasticBlockStore: {
    title: 'AWSElasticBlockStore (a Persistent Disk resource in AWS)',
    fields: [text('VolumeID', 'volumeID'), fsType, number('Partition', 'partition'), readOnly],
  },
  gitRepo: {
    title: 'GitRepo (a volume that is pulled from git when the pod is created)',
    fields: [text('Repository', 'repository'), text('Revision', 'revision')],
  },
  secret: { title: 'Secret (a volume populated by a Secret)', fields: [text('SecretName', 'secretName'), optional] },
  configMap: { title: 'ConfigMap (a volume populated by a ConfigMap)', fields: [text('Name', 'name'), optional] },
  nfs: { title: 'NFS (an NFS mount that lasts the lifetime of a pod)', fields: [text('Server', 'server'), text('Path', 'path'), readOnly] },
  iscsi: {
    title: "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
    fields: iscsi(localSecret),
    persistent: iscsi(namedSecret),
  },
  glusterfs: {
    title: "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
    fields: glusterfs,
    persistent: [glusterfs[0]!, text('EndpointsNamespace', 'endpointsNamespace', '<unset>'), ...glusterfs.slice(1)],
  },
  persistentVolumeClaim: {
    title: 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
    fields: [text('ClaimName', 'claimName'), readOnly],
  },
  rbd: {
    title: "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
    fields: [...rbd, localSecret, readOnly],
    persistent: [...rbd, namedSecret, readOnly],
  },
  quobyte: {
    title: "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
    fields: [text('Registry', 'registry'), text('Volume', 'volume'), readOnly],
  },
  azureDisk: {
    title: 'AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)',
    fields: [
      text('DiskName', 'diskName'),
      text('DiskURI', 'diskURI'),
      ['Kind: ', ({ kind = 'Shared' }) => kind],
      text('FSType', 'fsType', 'ext4'),
      text('CachingMode', 'cachingMode', 'ReadWrite'),
      readOnly,
    ],
  },
  vsphereVolume: {
    title: 'vSphereVolume (a Persistent Disk resource in vSphere)',
    fields: [text('VolumePath', 'volumePath'), fsType, text('StoragePolicyName', 'storagePolicyName')],
  },
  cinder: {
    title: 'Cinder (a Persistent Disk resource in OpenStack)',
    fields: [text('VolumeID', 'volumeID'), fsType, readOnly, localSecret],
    persistent: [text('VolumeID', 'volumeID'), fsType, readOnly, namedSecret],
  },
  photonPersistentDisk: { title: 'PhotonPersistentDisk (a Persistent Disk resource in photon platform)', fields: [text('PdID', 'pdID'), fsType] },
  portworxVolume: { title: 'PortworxVolume (a Portworx Volume resource)', fields: [text('VolumeID', 'volumeID')] },
  scaleIO: {
    title: 'ScaleIO (a persistent volume backed by a block device in ScaleIO)',
    fields: [...scaleIo, fsType, readOnly],
    persistent: [
      ...scaleIo,
      ['SecretName:', ({ secretRef }) => secretRef?.name ?? ''],
      ['SecretNamespace:', ({ secretRef }) => secretRef?.namespace ?? ''],
      fsType,
      readOnly,
    ],
  },
  local: { title: 'LocalVolume (a persistent volume backed by local storage on a node)', fields: [text('Path', 'path')] },
  cephfs: {
    title: "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
    fields: [...cephFs, localSecret, readOnly],
    persistent: [...cephFs, namedSecret, readOnly],
  },
  storageos: {
    title: 'StorageOS (a StorageOS Persistent Disk resource)',
    fields: [text('VolumeName', 'volumeName'), text('VolumeNamespace', 'volumeNamespace'), fsType, readOnly],
  },
  fc: {
    title: 'FC (a Fibre Channel disk)',
    fields: [['TargetWWNs:', ({ targetWWNs = [] }) => targetWWNs.join(', ')], text('LUN', 'lun', '<none>'), fsType, readOnly],
  },
  azureFile: {
    title: 'AzureFile (an Azure File Service mount on the host and bind mount to the pod)',
    fields: azureFile,
    persistent: [azureFile[0]!, text('SecretNamespace', 'secretNamespace'), ...azureFile.slice(1)],
  },
  flexVolume: {
    title: 'FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)',
    fields: flex(localSecret),
    persistent: flex(namedSecret),
  },
  flocker: {
    title: 'Flocker (a Flocker volume mounted by the Flocker agent)',
    fields: [text('DatasetName', 'datasetName'), text('DatasetUUID', 'datasetUUID')],
  },
  csi: {
    title: 'CSI (a Container Storage Interface (CSI) volume source)',
    fields: [text('Driver', 'driver'), fsType, readOnly],
    persistent: [text('Driver', 'driver'), fsType, text('VolumeHandle', 'volumeHandle'), readOnly],
  },
  image: { title: 'Image (a container image or OCI artifact)', fields: [text('Reference', 'reference'), text('PullPolicy', 'pullPolicy')] },
}

const level = 2

/** Takes a volume without its name: the one member that says where it is from. */
export function describeVolumeSource(out: Description, source: any, { persistent = false }: { readonly persistent?: boolean } = {}): void {
  const name = Object.keys(kinds).find((each) => source[each])
  if (source.downwardAPI) describeDownwardApi(out, source.downwardAPI)
  else if (source.ephemeral) describeEphemeral(out, source.ephemeral)
  else if (source.projected) describeProjected(out, source.projected)
  else if (!name) out.line(1, '<unknown>')
  else {
    const { title, fields, persistent: own = fields } = kinds[name]!
    out.line(level, 'Type:', title)
    for (const [label, tell] of persistent ? own : fields) out.line(level, label, tell(source[name]))
    if (name === 'csi') describeAttributes(out, source.csi.volumeAttributes)
  }
}

function describeAttributes(out: Description, attributes: Readonly<Record<string, string>> = {}): void {
  const keys = Object.keys(attributes).sort()
  if (keys.length === 0) out.line(level, 'VolumeAttributes:', '<none>')
  for (const [index, key] of keys.entries()) {
    const pair = shorten(`${key}=${attributes[key]}`, 140)
    if (index === 0) out.line(level, 'VolumeAttributes:', `    ${pair}`)
    else out.raw(`        \t    ${escapeTerminal(pair)}\n`)
  }
}

function describeDownwardApi(out: Description, { items = [] }: any): void {
  out.line(level, 'Type:', 'DownwardAPI (a volume populated by information about the pod)').line(level, 'Items:')
  for (const { fieldRef, resourceFieldRef, path } of items) out.line(3, `${fieldRef?.fieldPath ?? resourceFieldRef?.resource} -> ${path}`)
}

function describeEphemeral(out: Description, { volumeClaimTemplate }: any): void {
  out.line(level, 'Type:', 'EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)')
  if (volumeClaimTemplate) describeClaimFields(out, { metadata: {}, status: {}, ...volumeClaimTemplate }, level)
}

function describeProjected(out: Description, { sources = [] }: any): void {
  out.line(level, 'Type:', 'Projected (a volume that contains injected data from multiple sources)')
  for (const { secret, downwardAPI, configMap, serviceAccountToken } of sources) {
    if (secret) out.line(level, 'SecretName:', secret.name).line(level, 'Optional:', secret.optional === true)
    else if (downwardAPI) out.line(level, 'DownwardAPI:', 'true')
    else if (configMap) out.line(level, 'ConfigMapName:', configMap.name).line(level, 'Optional:', configMap.optional === true)
    else if (serviceAccountToken) out.line(level, 'TokenExpirationSeconds:', serviceAccountToken.expirationSeconds)
  }
}
