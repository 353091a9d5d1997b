/** Every controller, in the order they are started. Registration is this list and nothing else. */
import type { Controller } from '#runtime/types.ts'
import {
  certificateApprovingController,
  certificateCleaningController,
  certificateSigningController,
  kubeletServingApprovingController,
} from './certificates/index.ts'
import { tokenCleanerController } from './bootstrap-tokens/index.ts'
import { endpointSliceMirroringController } from './endpoint-slice-mirroring/index.ts'
import { clusterRoleAggregationController } from './cluster-role-aggregation/index.ts'
import { daemonSetController } from './daemon-set/index.ts'
import { deploymentController } from './deployment/index.ts'
import { disruptionController } from './disruption/index.ts'
import { endpointSliceController } from './endpoint-slice/index.ts'
import { endpointsController } from './endpoints/index.ts'
import { garbageCollectorController } from './garbage-collector/index.ts'
import { ingressController } from './ingress/index.ts'
import { jobController } from './job/index.ts'
import { namespaceController } from './namespace/index.ts'
import { nodeIpamController } from './node-ipam/index.ts'
import { nodeLifecycleController } from './node-lifecycle/index.ts'
import { podGcController } from './pod-gc/index.ts'
import { replicaSetController } from './replica-set/index.ts'
import { replicationController } from './replication-controller/index.ts'
import { rootCaController } from './root-ca/index.ts'
import { serviceAccountController } from './service-account/index.ts'
import { serviceAccountTokenController } from './service-account-token/index.ts'
import { deviceTaintEvictionController } from './device-taint-eviction/index.ts'
import { resourceClaimController } from './resource-claim/index.ts'
import { attachDetachController } from './attach-detach/index.ts'
import { vacProtectionController } from './vac-protection/index.ts'
import { bootstrapSignerController } from './bootstrap-signer/index.ts'
import { legacyTokenCleanerController } from './legacy-token-cleaner/index.ts'
import { validatingAdmissionPolicyStatusController } from './validating-admission-policy-status/index.ts'
import { serviceCidrController } from './service-cidr/index.ts'
import { statefulSetController } from './stateful-set/index.ts'
import { storageVersionMigratorController } from './storage-version-migrator/index.ts'
import { taintEvictionController } from './taint-eviction/index.ts'
import { ttlController } from './ttl/index.ts'
import { ttlAfterFinishedController } from './ttl-after-finished/index.ts'
import { ephemeralVolumeController } from './ephemeral-volume/index.ts'
import { localPathController } from './local-path/index.ts'
import { persistentVolumeController } from './persistent-volume/index.ts'
import { pvProtectionController } from './pv-protection/index.ts'
import { pvcProtectionController } from './pvc-protection/index.ts'
import { volumeExpandController } from './volume-expand/index.ts'
import { cronJobController } from './cron-job/index.ts'
import { resourceQuotaController } from './resource-quota/index.ts'
import { horizontalPodAutoscalerController } from './horizontal-pod-autoscaler/index.ts'
import type { ControllerSettings } from './types.ts'

/** Answers nothing when the settings leave its controller without work. */
export type ControllerFactory = (settings: ControllerSettings) => Controller | undefined

export const controllerFactories: readonly ControllerFactory[] = [
  serviceAccountTokenController,
  serviceAccountController,
  rootCaController,
  clusterRoleAggregationController,
  certificateApprovingController,
  kubeletServingApprovingController,
  certificateSigningController,
  certificateCleaningController,
  tokenCleanerController,
  bootstrapSignerController,
  legacyTokenCleanerController,
  validatingAdmissionPolicyStatusController,
  nodeIpamController,
  ttlController,
  nodeLifecycleController,
  taintEvictionController,
  deviceTaintEvictionController,
  resourceClaimController,
  deploymentController,
  replicaSetController,
  replicationController,
  daemonSetController,
  statefulSetController,
  jobController,
  cronJobController,
  horizontalPodAutoscalerController,
  disruptionController,
  endpointSliceController,
  endpointsController,
  endpointSliceMirroringController,
  serviceCidrController,
  ingressController,
  resourceQuotaController,
  namespaceController,
  garbageCollectorController,
  podGcController,
  ttlAfterFinishedController,
  persistentVolumeController,
  localPathController,
  pvcProtectionController,
  pvProtectionController,
  vacProtectionController,
  attachDetachController,
  ephemeralVolumeController,
  volumeExpandController,
  storageVersionMigratorController,
]
