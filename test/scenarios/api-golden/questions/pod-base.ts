/** Pods that fill every field of a pod's spec, in pieces that go together. */
const metadata = { name: 'web', namespace: 'golden', labels: { app: 'web' } }

const probe = { initialDelaySeconds: 1, timeoutSeconds: 2, periodSeconds: 3, successThreshold: 1, failureThreshold: 4, terminationGracePeriodSeconds: 5 }

/** Everything of a container but what it is run with. */
export const containersPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec: {
    volumes: [
      { name: 'data', emptyDir: {} },
      { name: 'disk', persistentVolumeClaim: { claimName: 'disk' } },
    ],
    initContainers: [{ name: 'first', image: 'busybox:1', restartPolicy: 'Always', startupProbe: { ...probe, exec: { command: ['true'] } } }],
    containers: [
      {
        name: 'web',
        image: 'nginx:1.27',
        command: ['nginx'],
        args: ['-g'],
        workingDir: '/srv',
        ports: [{ name: 'http', hostPort: 8080, containerPort: 80, protocol: 'TCP', hostIP: '127.0.0.1' }],
        envFrom: [
          { prefix: 'A_', configMapRef: { name: 'a', optional: true } },
          { prefix: 'B_', secretRef: { name: 'b', optional: false } },
        ],
        env: [
          { name: 'A', value: 'x' },
          { name: 'B', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
          { name: 'C', valueFrom: { resourceFieldRef: { containerName: 'web', resource: 'limits.cpu', divisor: '1m' } } },
          { name: 'D', valueFrom: { configMapKeyRef: { name: 'a', key: 'k', optional: true } } },
          { name: 'E', valueFrom: { secretKeyRef: { name: 'b', key: 'k', optional: true } } },
        ],
        resources: { limits: { cpu: '2', memory: '1Gi', 'example.com/gpu': '1' }, requests: { cpu: '1', memory: '512Mi' } },
        resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
        volumeMounts: [{ name: 'data', readOnly: true, recursiveReadOnly: 'IfPossible', mountPath: '/data', subPath: 'a', mountPropagation: 'None' }],
        volumeDevices: [{ name: 'disk', devicePath: '/dev/sdx' }],
        livenessProbe: { ...probe, httpGet: { path: '/', port: 80, host: 'localhost', scheme: 'HTTP', httpHeaders: [{ name: 'X-A', value: 'b' }] } },
        readinessProbe: {
          initialDelaySeconds: 1,
          timeoutSeconds: 2,
          periodSeconds: 3,
          successThreshold: 2,
          failureThreshold: 4,
          tcpSocket: { port: 'http', host: 'localhost' },
        },
        startupProbe: { ...probe, grpc: { port: 80, service: 'x' } },
        lifecycle: { postStart: { exec: { command: ['true'] } }, preStop: { sleep: { seconds: 3 } } },
        terminationMessagePath: '/dev/log',
        terminationMessagePolicy: 'File',
        imagePullPolicy: 'IfNotPresent',
        stdin: true,
        stdinOnce: false,
        tty: true,
      },
    ],
  },
}

/** Everything of a pod's spec beside its containers. */
export const placedPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec: {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 20,
    activeDeadlineSeconds: 100,
    dnsPolicy: 'ClusterFirst',
    nodeSelector: { disk: 'ssd' },
    serviceAccountName: 'default',
    automountServiceAccountToken: false,
    nodeName: 'n1',
    hostNetwork: false,
    hostPID: false,
    hostIPC: false,
    shareProcessNamespace: false,
    securityContext: {
      runAsUser: 1000,
      runAsGroup: 1000,
      runAsNonRoot: true,
      supplementalGroups: [1, 2],
      supplementalGroupsPolicy: 'Merge',
      fsGroup: 5,
      fsGroupChangePolicy: 'OnRootMismatch',
      sysctls: [{ name: 'net.core.somaxconn', value: '5' }],
      seccompProfile: { type: 'Localhost', localhostProfile: 'a.json' },
      appArmorProfile: { type: 'Localhost', localhostProfile: 'a' },
      seLinuxOptions: { user: 'u', role: 'r', type: 't', level: 'l' },
      seLinuxChangePolicy: 'Recursive',
    },
    imagePullSecrets: [{ name: 'pull' }],
    hostname: 'web',
    subdomain: 'sub',
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            {
              matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }],
              matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }],
            },
          ],
        },
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 5, preference: { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['3'] }] } }],
      },
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            labelSelector: { matchLabels: { app: 'web' } },
            namespaces: ['golden'],
            topologyKey: 'zone',
            namespaceSelector: { matchLabels: { a: 'b' } },
            matchLabelKeys: ['rev'],
            mismatchLabelKeys: ['other'],
          },
        ],
      },
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 7, podAffinityTerm: { labelSelector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] }, topologyKey: 'zone' } },
        ],
      },
    },
    schedulerName: 'mine',
    tolerations: [
      { key: 'a', operator: 'Equal', value: 'b', effect: 'NoExecute', tolerationSeconds: 5 },
      { key: 'c', operator: 'Exists', effect: 'NoSchedule' },
    ],
    hostAliases: [{ ip: '10.0.0.1', hostnames: ['a.example'] }],
    priorityClassName: 'system-node-critical',
    dnsConfig: { nameservers: ['10.0.0.2'], searches: ['a.example'], options: [{ name: 'ndots', value: '2' }] },
    readinessGates: [{ conditionType: 'example.com/ready' }],
    enableServiceLinks: false,
    preemptionPolicy: 'PreemptLowerPriority',
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { app: 'web' } },
        minDomains: 2,
        nodeAffinityPolicy: 'Honor',
        nodeTaintsPolicy: 'Ignore',
        matchLabelKeys: ['rev'],
      },
    ],
    setHostnameAsFQDN: false,
    os: { name: 'linux' },
    hostUsers: true,
    resourceClaims: [
      { name: 'gpu', resourceClaimName: 'gpu' },
      { name: 'nic', resourceClaimTemplateName: 'nic' },
    ],
    resources: { limits: { cpu: '4' }, requests: { cpu: '2' } },
    containers: [
      {
        name: 'web',
        image: 'nginx:1.27',
        resources: { claims: [{ name: 'gpu', request: 'one' }] },
        securityContext: {
          capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
          privileged: false,
          seLinuxOptions: { user: 'u' },
          runAsUser: 7,
          runAsGroup: 8,
          runAsNonRoot: true,
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          procMount: 'Default',
          seccompProfile: { type: 'RuntimeDefault' },
          appArmorProfile: { type: 'Unconfined' },
        },
      },
    ],
  },
}

/** A volume of every kind. */
export const volumesPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec: {
    containers: [{ name: 'web', image: 'nginx:1.27' }],
    volumes: [
      { name: 'host', hostPath: { path: '/a', type: 'Directory' } },
      { name: 'empty', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
      { name: 'gce', gcePersistentDisk: { pdName: 'a', fsType: 'ext4', partition: 1, readOnly: true } },
      { name: 'ebs', awsElasticBlockStore: { volumeID: 'a', fsType: 'ext4', partition: 1, readOnly: true } },
      { name: 'secret', secret: { secretName: 'a', items: [{ key: 'k', path: 'p', mode: 256 }], defaultMode: 288, optional: true } },
      { name: 'nfs', nfs: { server: 's', path: '/p', readOnly: true } },
      {
        name: 'iscsi',
        iscsi: {
          targetPortal: '10.0.0.1',
          iqn: 'iqn.2001-04.com.example:storage',
          lun: 1,
          iscsiInterface: 'default',
          fsType: 'ext4',
          readOnly: true,
          portals: ['10.0.0.2'],
          chapAuthDiscovery: true,
          chapAuthSession: true,
          secretRef: { name: 's' },
          initiatorName: 'iqn.2001-04.com.example:me',
        },
      },
      { name: 'gluster', glusterfs: { endpoints: 'e', path: 'p', readOnly: true } },
      { name: 'claim', persistentVolumeClaim: { claimName: 'c', readOnly: true } },
      { name: 'rbd', rbd: { monitors: ['m'], image: 'i', fsType: 'ext4', pool: 'p', user: 'u', keyring: '/k', secretRef: { name: 's' }, readOnly: true } },
      { name: 'flex', flexVolume: { driver: 'd', fsType: 'ext4', secretRef: { name: 's' }, readOnly: true, options: { a: 'b' } } },
      { name: 'cinder', cinder: { volumeID: 'v', fsType: 'ext4', readOnly: true, secretRef: { name: 's' } } },
      { name: 'ceph', cephfs: { monitors: ['m'], path: '/p', user: 'u', secretFile: '/f', secretRef: { name: 's' }, readOnly: true } },
      { name: 'flocker', flocker: { datasetName: 'd' } },
      { name: 'api', downwardAPI: { items: [{ path: 'p', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.labels' }, mode: 256 }], defaultMode: 288 } },
      { name: 'fc', fc: { targetWWNs: ['w'], lun: 1, fsType: 'ext4', readOnly: true } },
      { name: 'azure-file', azureFile: { secretName: 's', shareName: 'h', readOnly: true } },
      { name: 'map', configMap: { name: 'a', items: [{ key: 'k', path: 'p', mode: 256 }], defaultMode: 288, optional: true } },
      { name: 'vsphere', vsphereVolume: { volumePath: '/p', fsType: 'ext4', storagePolicyName: 'n', storagePolicyID: 'i' } },
      { name: 'quobyte', quobyte: { registry: 'r:1', volume: 'v', readOnly: true, user: 'u', group: 'g', tenant: 't' } },
      {
        name: 'azure-disk',
        azureDisk: { diskName: 'd', diskURI: '/subscriptions/d', cachingMode: 'None', fsType: 'ext4', readOnly: true, kind: 'Managed' },
      },
      { name: 'photon', photonPersistentDisk: { pdID: 'p', fsType: 'ext4' } },
      {
        name: 'all',
        projected: {
          defaultMode: 288,
          sources: [
            { secret: { name: 'a', items: [{ key: 'k', path: 'p1', mode: 256 }], optional: true } },
            { downwardAPI: { items: [{ path: 'p2', resourceFieldRef: { containerName: 'web', resource: 'limits.cpu', divisor: '1m' } }] } },
            { configMap: { name: 'a', items: [{ key: 'k', path: 'p3' }], optional: true } },
            { serviceAccountToken: { audience: 'a', expirationSeconds: 3600, path: 'p4' } },
          ],
        },
      },
      { name: 'portworx', portworxVolume: { volumeID: 'v', fsType: 'ext4', readOnly: true } },
      {
        name: 'scale',
        scaleIO: {
          gateway: 'g',
          system: 's',
          secretRef: { name: 's' },
          sslEnabled: true,
          protectionDomain: 'd',
          storagePool: 'p',
          storageMode: 'ThinProvisioned',
          volumeName: 'v',
          fsType: 'xfs',
          readOnly: true,
        },
      },
      { name: 'storage-os', storageos: { volumeName: 'v', volumeNamespace: 'n', fsType: 'ext4', readOnly: true, secretRef: { name: 's' } } },
      { name: 'csi', csi: { driver: 'd', readOnly: true, fsType: 'ext4', volumeAttributes: { a: 'b' }, nodePublishSecretRef: { name: 's' } } },
      {
        name: 'ephemeral',
        ephemeral: {
          volumeClaimTemplate: {
            metadata: { labels: { a: 'b' }, annotations: { c: 'd' } },
            spec: {
              accessModes: ['ReadWriteOnce'],
              selector: { matchLabels: { a: 'b' } },
              resources: { requests: { storage: '1Gi' } },
              storageClassName: 'fast',
              volumeMode: 'Filesystem',
              dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' },
            },
          },
        },
      },
      { name: 'image', image: { reference: 'a:1', pullPolicy: 'Always' } },
    ],
  },
}
