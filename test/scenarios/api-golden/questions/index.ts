/** Every list of questions, by the name of its record. */
import type { Questionnaire } from '../types.ts'
import { admission } from './admission.ts'
import { applies } from './applies.ts'
import { apps } from './apps.ts'
import { autoscaling } from './autoscaling.ts'
import { batchAndControllers } from './batch.ts'
import { bootstrap } from './bootstrap.ts'
import { connections } from './connections.ts'
import { coreConfiguration, coreLimits, coreNodes } from './core-kinds.ts'
import { conversions } from './conversions.ts'
import { customDefinitions } from './custom-definitions.ts'
import { customResources } from './custom-resources.ts'
import { debugging } from './debugging.ts'
import { deviceKinds } from './devices.ts'
import { discovery } from './discovery.ts'
import { lists } from './lists.ts'
import { deletes } from './deletes.ts'
import { doors } from './doors.ts'
import { admissionRegistration, guards } from './guards.ts'
import { identity } from './identity.ts'
import { networking } from './networking.ts'
import { numbers } from './numbers.ts'
import { patches } from './patches.ts'
import { pluginQuestions } from './plugins.ts'
import { podDoors } from './pod-doors.ts'
import { podUpdates } from './pod-updates.ts'
import { podVolumes, pods } from './pods.ts'
import { policies } from './policies.ts'
import { policy } from './policy.ts'
import { rbac } from './rbac.ts'
import { requests } from './requests.ts'
import { services } from './services.ts'
import { slices } from './slices.ts'
import { smallGroups } from './small-groups.ts'
import { storage } from './storage.ts'
import { tables } from './tables.ts'
import { webhooks } from './webhooks.ts'
import { persistentVolumeClaims, persistentVolumes } from './volumes.ts'

export const questionnaires: Readonly<Record<string, Questionnaire>> = {
  admission,
  'admission-registration': admissionRegistration,
  applies,
  apps,
  autoscaling,
  batch: batchAndControllers,
  bootstrap,
  connections,
  conversions,
  'core-configuration': coreConfiguration,
  'core-limits': coreLimits,
  'core-nodes': coreNodes,
  'custom-definitions': customDefinitions,
  'custom-resources': customResources,
  debugging,
  deletes,
  devices: deviceKinds,
  discovery,
  doors,
  lists,
  guards,
  identity,
  networking,
  numbers,
  patches,
  plugins: pluginQuestions,
  'pod-doors': podDoors,
  'pod-updates': podUpdates,
  'pod-volumes': podVolumes,
  'persistent-volume-claims': persistentVolumeClaims,
  'persistent-volumes': persistentVolumes,
  pods,
  policies,
  policy,
  rbac,
  requests,
  services,
  slices,
  'small-groups': smallGroups,
  storage,
  tables,
  webhooks,
}
