/** Every built-in type by API version and kind. */
import { Scheme } from '#apimachinery/scheme.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'
import * as admissionV1 from '#api/gen/admission/v1.ts'
import * as admissionV1beta1 from '#api/gen/admission/v1beta1.ts'
import * as admissionregistrationV1 from '#api/gen/admissionregistration/v1.ts'
import * as admissionregistrationV1alpha1 from '#api/gen/admissionregistration/v1alpha1.ts'
import * as admissionregistrationV1beta1 from '#api/gen/admissionregistration/v1beta1.ts'
import * as apidiscoveryV2 from '#api/gen/apidiscovery/v2.ts'
import * as apidiscoveryV2beta1 from '#api/gen/apidiscovery/v2beta1.ts'
import * as apiextensionsV1 from '#api/gen/apiextensions/v1.ts'
import * as apiextensionsV1beta1 from '#api/gen/apiextensions/v1beta1.ts'
import * as apiregistrationV1 from '#api/gen/apiregistration/v1.ts'
import * as apiregistrationV1beta1 from '#api/gen/apiregistration/v1beta1.ts'
import * as apiserverinternalV1alpha1 from '#api/gen/apiserverinternal/v1alpha1.ts'
import * as appsV1 from '#api/gen/apps/v1.ts'
import * as appsV1beta1 from '#api/gen/apps/v1beta1.ts'
import * as appsV1beta2 from '#api/gen/apps/v1beta2.ts'
import * as authenticationV1 from '#api/gen/authentication/v1.ts'
import * as authenticationV1alpha1 from '#api/gen/authentication/v1alpha1.ts'
import * as authenticationV1beta1 from '#api/gen/authentication/v1beta1.ts'
import * as authorizationV1 from '#api/gen/authorization/v1.ts'
import * as authorizationV1beta1 from '#api/gen/authorization/v1beta1.ts'
import * as autoscalingV1 from '#api/gen/autoscaling/v1.ts'
import * as autoscalingV2 from '#api/gen/autoscaling/v2.ts'
import * as batchV1 from '#api/gen/batch/v1.ts'
import * as batchV1beta1 from '#api/gen/batch/v1beta1.ts'
import * as certificatesV1 from '#api/gen/certificates/v1.ts'
import * as certificatesV1alpha1 from '#api/gen/certificates/v1alpha1.ts'
import * as certificatesV1beta1 from '#api/gen/certificates/v1beta1.ts'
import * as coordinationV1 from '#api/gen/coordination/v1.ts'
import * as coordinationV1alpha2 from '#api/gen/coordination/v1alpha2.ts'
import * as coordinationV1beta1 from '#api/gen/coordination/v1beta1.ts'
import * as coreV1 from '#api/gen/core/v1.ts'
import * as discoveryV1 from '#api/gen/discovery/v1.ts'
import * as discoveryV1beta1 from '#api/gen/discovery/v1beta1.ts'
import * as eventsV1 from '#api/gen/events/v1.ts'
import * as eventsV1beta1 from '#api/gen/events/v1beta1.ts'
import * as extensionsV1beta1 from '#api/gen/extensions/v1beta1.ts'
import * as flowcontrolV1 from '#api/gen/flowcontrol/v1.ts'
import * as flowcontrolV1beta1 from '#api/gen/flowcontrol/v1beta1.ts'
import * as flowcontrolV1beta2 from '#api/gen/flowcontrol/v1beta2.ts'
import * as flowcontrolV1beta3 from '#api/gen/flowcontrol/v1beta3.ts'
import * as imagepolicyV1alpha1 from '#api/gen/imagepolicy/v1alpha1.ts'
import * as metricsV1beta1 from '#api/gen/metrics/v1beta1.ts'
import * as networkingV1 from '#api/gen/networking/v1.ts'
import * as networkingV1beta1 from '#api/gen/networking/v1beta1.ts'
import * as nodeV1 from '#api/gen/node/v1.ts'
import * as nodeV1alpha1 from '#api/gen/node/v1alpha1.ts'
import * as nodeV1beta1 from '#api/gen/node/v1beta1.ts'
import * as policyV1 from '#api/gen/policy/v1.ts'
import * as policyV1beta1 from '#api/gen/policy/v1beta1.ts'
import * as rbacV1 from '#api/gen/rbac/v1.ts'
import * as rbacV1alpha1 from '#api/gen/rbac/v1alpha1.ts'
import * as rbacV1beta1 from '#api/gen/rbac/v1beta1.ts'
import * as resourceV1 from '#api/gen/resource/v1.ts'
import * as resourceV1alpha3 from '#api/gen/resource/v1alpha3.ts'
import * as resourceV1beta1 from '#api/gen/resource/v1beta1.ts'
import * as resourceV1beta2 from '#api/gen/resource/v1beta2.ts'
import * as schedulingV1 from '#api/gen/scheduling/v1.ts'
import * as schedulingV1alpha2 from '#api/gen/scheduling/v1alpha2.ts'
import * as schedulingV1beta1 from '#api/gen/scheduling/v1beta1.ts'
import * as storageV1 from '#api/gen/storage/v1.ts'
import * as storageV1alpha1 from '#api/gen/storage/v1alpha1.ts'
import * as storageV1beta1 from '#api/gen/storage/v1beta1.ts'
import * as storagemigrationV1beta1 from '#api/gen/storagemigration/v1beta1.ts'

export const scheme = new Scheme()
  .register({ group: 'admission.k8s.io', version: 'v1' }, admissionV1)
  .register({ group: 'admission.k8s.io', version: 'v1beta1' }, admissionV1beta1)
  .register({ group: 'admissionregistration.k8s.io', version: 'v1' }, admissionregistrationV1)
  .register({ group: 'admissionregistration.k8s.io', version: 'v1alpha1' }, admissionregistrationV1alpha1)
  .register({ group: 'admissionregistration.k8s.io', version: 'v1beta1' }, admissionregistrationV1beta1)
  .register({ group: 'apidiscovery.k8s.io', version: 'v2' }, apidiscoveryV2)
  .register({ group: 'apidiscovery.k8s.io', version: 'v2beta1' }, apidiscoveryV2beta1)
  .register({ group: 'apiextensions.k8s.io', version: 'v1' }, apiextensionsV1)
  .register({ group: 'apiextensions.k8s.io', version: 'v1beta1' }, apiextensionsV1beta1)
  .register({ group: 'apiregistration.k8s.io', version: 'v1' }, apiregistrationV1)
  .register({ group: 'apiregistration.k8s.io', version: 'v1beta1' }, apiregistrationV1beta1)
  .register({ group: 'internal.apiserver.k8s.io', version: 'v1alpha1' }, apiserverinternalV1alpha1)
  .register({ group: 'apps', version: 'v1' }, appsV1)
  .register({ group: 'apps', version: 'v1beta1' }, appsV1beta1)
  .register({ group: 'apps', version: 'v1beta2' }, appsV1beta2)
  .register({ group: 'authentication.k8s.io', version: 'v1' }, authenticationV1)
  .register({ group: 'authentication.k8s.io', version: 'v1alpha1' }, authenticationV1alpha1)
  .register({ group: 'authentication.k8s.io', version: 'v1beta1' }, authenticationV1beta1)
  .register({ group: 'authorization.k8s.io', version: 'v1' }, authorizationV1)
  .register({ group: 'authorization.k8s.io', version: 'v1beta1' }, authorizationV1beta1)
  .register({ group: 'autoscaling', version: 'v1' }, autoscalingV1)
  .register({ group: 'autoscaling', version: 'v2' }, autoscalingV2)
  .register({ group: 'batch', version: 'v1' }, batchV1)
  .register({ group: 'batch', version: 'v1beta1' }, batchV1beta1)
  .register({ group: 'certificates.k8s.io', version: 'v1' }, certificatesV1)
  .register({ group: 'certificates.k8s.io', version: 'v1alpha1' }, certificatesV1alpha1)
  .register({ group: 'certificates.k8s.io', version: 'v1beta1' }, certificatesV1beta1)
  .register({ group: 'coordination.k8s.io', version: 'v1' }, coordinationV1)
  .register({ group: 'coordination.k8s.io', version: 'v1alpha2' }, coordinationV1alpha2)
  .register({ group: 'coordination.k8s.io', version: 'v1beta1' }, coordinationV1beta1)
  .register({ group: '', version: 'v1' }, coreV1)
  .register({ group: 'discovery.k8s.io', version: 'v1' }, discoveryV1)
  .register({ group: 'discovery.k8s.io', version: 'v1beta1' }, discoveryV1beta1)
  .register({ group: 'events.k8s.io', version: 'v1' }, eventsV1)
  .register({ group: 'events.k8s.io', version: 'v1beta1' }, eventsV1beta1)
  .register({ group: 'extensions', version: 'v1beta1' }, extensionsV1beta1)
  .register({ group: 'flowcontrol.apiserver.k8s.io', version: 'v1' }, flowcontrolV1)
  .register({ group: 'flowcontrol.apiserver.k8s.io', version: 'v1beta1' }, flowcontrolV1beta1)
  .register({ group: 'flowcontrol.apiserver.k8s.io', version: 'v1beta2' }, flowcontrolV1beta2)
  .register({ group: 'flowcontrol.apiserver.k8s.io', version: 'v1beta3' }, flowcontrolV1beta3)
  .register({ group: 'imagepolicy.k8s.io', version: 'v1alpha1' }, imagepolicyV1alpha1)
  .register({ group: 'metrics.k8s.io', version: 'v1beta1' }, metricsV1beta1)
  .register({ group: 'networking.k8s.io', version: 'v1' }, networkingV1)
  .register({ group: 'networking.k8s.io', version: 'v1beta1' }, networkingV1beta1)
  .register({ group: 'node.k8s.io', version: 'v1' }, nodeV1)
  .register({ group: 'node.k8s.io', version: 'v1alpha1' }, nodeV1alpha1)
  .register({ group: 'node.k8s.io', version: 'v1beta1' }, nodeV1beta1)
  .register({ group: 'policy', version: 'v1' }, policyV1)
  .register({ group: 'policy', version: 'v1beta1' }, policyV1beta1)
  .register({ group: 'rbac.authorization.k8s.io', version: 'v1' }, rbacV1)
  .register({ group: 'rbac.authorization.k8s.io', version: 'v1alpha1' }, rbacV1alpha1)
  .register({ group: 'rbac.authorization.k8s.io', version: 'v1beta1' }, rbacV1beta1)
  .register({ group: 'resource.k8s.io', version: 'v1' }, resourceV1)
  .register({ group: 'resource.k8s.io', version: 'v1alpha3' }, resourceV1alpha3)
  .register({ group: 'resource.k8s.io', version: 'v1beta1' }, resourceV1beta1)
  .register({ group: 'resource.k8s.io', version: 'v1beta2' }, resourceV1beta2)
  .register({ group: 'scheduling.k8s.io', version: 'v1' }, schedulingV1)
  .register({ group: 'scheduling.k8s.io', version: 'v1alpha2' }, schedulingV1alpha2)
  .register({ group: 'scheduling.k8s.io', version: 'v1beta1' }, schedulingV1beta1)
  .register({ group: 'storage.k8s.io', version: 'v1' }, storageV1)
  .register({ group: 'storage.k8s.io', version: 'v1alpha1' }, storageV1alpha1)
  .register({ group: 'storage.k8s.io', version: 'v1beta1' }, storageV1beta1)
  .register({ group: 'storagemigration.k8s.io', version: 'v1beta1' }, storagemigrationV1beta1)

/** The type of a built-in kind, or of its list ("PodList"). */
export function lookupType(apiVersion: string, kind: string): StructSchema | undefined {
  return scheme.lookup(apiVersion, kind)
}
