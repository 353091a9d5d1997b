import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definitionFor } from './index.ts'

/** Upstream's columns (pkg/printers/internalversion); those with -o wide alone in brackets. */
const columns: [string, string, string, string][] = [
  ['', 'v1', 'componentstatuses', 'Name Status Message Error'],
  ['', 'v1', 'configmaps', 'Name Data Age'],
  ['', 'v1', 'endpoints', 'Name Endpoints Age'],
  ['', 'v1', 'events', 'Last-Seen Type Reason Object (Subobject) (Source) Message (First-Seen) (Count) (Name)'],
  ['', 'v1', 'limitranges', 'Name Created-At'],
  ['', 'v1', 'namespaces', 'Name Status Age'],
  ['', 'v1', 'nodes', 'Name Status Roles Age Version (Internal-IP) (External-IP) (OS-Image) (Kernel-Version) (Container-Runtime)'],
  ['', 'v1', 'persistentvolumeclaims', 'Name Status Volume Capacity Access-Modes StorageClass VolumeAttributesClass Age (VolumeMode)'],
  ['', 'v1', 'persistentvolumes', 'Name Capacity Access-Modes Reclaim-Policy Status Claim StorageClass VolumeAttributesClass Reason Age (VolumeMode)'],
  ['', 'v1', 'pods', 'Name Ready Status Restarts Age (IP) (Node) (Nominated-Node) (Readiness-Gates)'],
  ['', 'v1', 'podtemplates', 'Name Containers Images Pod-Labels'],
  ['', 'v1', 'replicationcontrollers', 'Name Desired Current Ready Age (Containers) (Images) (Selector)'],
  ['', 'v1', 'resourcequotas', 'Name Request Limit Age'],
  ['', 'v1', 'secrets', 'Name Type Data Age'],
  ['', 'v1', 'serviceaccounts', 'Name Age'],
  ['', 'v1', 'services', 'Name Type Cluster-IP External-IP Port(s) Age (Selector)'],
  ['apps', 'v1', 'controllerrevisions', 'Name Controller Revision Age'],
  ['apps', 'v1', 'daemonsets', 'Name Desired Current Ready Up-to-date Available Node-Selector Age (Containers) (Images) (Selector)'],
  ['apps', 'v1', 'deployments', 'Name Ready Up-to-date Available Age (Containers) (Images) (Selector)'],
  ['apps', 'v1', 'replicasets', 'Name Desired Current Ready Age (Containers) (Images) (Selector)'],
  ['apps', 'v1', 'statefulsets', 'Name Ready Age (Containers) (Images)'],
  ['batch', 'v1', 'cronjobs', 'Name Schedule Timezone Suspend Active Last-Schedule Age (Containers) (Images) (Selector)'],
  ['batch', 'v1', 'jobs', 'Name Status Completions Duration Age (Containers) (Images) (Selector)'],
  ['autoscaling', 'v2', 'horizontalpodautoscalers', 'Name Reference Targets MinPods MaxPods Replicas Age'],
  ['autoscaling', 'v1', 'horizontalpodautoscalers', 'Name Reference Targets MinPods MaxPods Replicas Age'],
  ['policy', 'v1', 'poddisruptionbudgets', 'Name Min-Available Max-Unavailable Allowed-Disruptions Age'],
  ['rbac.authorization.k8s.io', 'v1', 'roles', 'Name Created-At'],
  ['rbac.authorization.k8s.io', 'v1', 'clusterroles', 'Name Created-At'],
  ['rbac.authorization.k8s.io', 'v1', 'rolebindings', 'Name Role Age (Users) (Groups) (ServiceAccounts)'],
  ['rbac.authorization.k8s.io', 'v1', 'clusterrolebindings', 'Name Role Age (Users) (Groups) (ServiceAccounts)'],
]

for (const [group, version, plural, expected] of columns) {
  test(`the table of ${plural} of ${group || 'core'}/${version} has upstream's columns`, () => {
    const shown = definitionFor(group, version, plural)!.columns!.map(({ name, priority }) => {
      const joined = name.replaceAll(' ', '-')
      return priority > 0 ? `(${joined})` : joined
    })
    assert.equal(shown.join(' '), expected)
  })
}

/** Beyond metadata.name and metadata.namespace. */
const selectable: [string, string, string][] = [
  [
    '',
    'events',
    'involvedObject.apiVersion involvedObject.fieldPath involvedObject.kind involvedObject.name involvedObject.namespace involvedObject.resourceVersion involvedObject.uid reason reportingComponent source type',
  ],
  ['', 'namespaces', 'status.phase'],
  ['', 'nodes', 'spec.unschedulable'],
  ['', 'persistentvolumeclaims', ''],
  ['', 'persistentvolumes', ''],
  [
    '',
    'pods',
    'spec.hostNetwork spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName status.nominatedNodeName status.phase status.podIP status.podIPs',
  ],
  ['', 'replicationcontrollers', 'status.replicas'],
  ['', 'secrets', 'type'],
  ['', 'services', 'spec.clusterIP spec.type'],
  ['', 'configmaps', ''],
  ['apps', 'replicasets', ''],
  ['apps', 'deployments', ''],
  ['batch', 'jobs', 'status.successful'],
]

for (const [group, plural, expected] of selectable) {
  test(`${plural} are selected by upstream's fields`, () => {
    const fields = definitionFor(group, 'v1', plural)!.selectableFields?.({ metadata: { name: 'x' }, spec: {}, status: {} }) ?? {}
    assert.equal(Object.keys(fields).sort().join(' '), expected)
  })
}
