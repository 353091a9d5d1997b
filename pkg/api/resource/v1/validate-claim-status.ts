/** Validation of what a claim was given. An allocation is never changed, only taken back. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, path, required, tooLong, tooMany } from '#apimachinery/field-error.ts'
import { numberToIp, parseCidr } from '#apimachinery/ip.ts'
import {
  type AllocatedDeviceStatus,
  type AllocationResult,
  AllocationResultSchema,
  type DeviceAllocationConfiguration,
  type DeviceRequestAllocationResult,
  type NetworkDeviceData,
  type ResourceClaim,
  type ResourceClaimConsumerReference,
} from '#api/gen/resource/v1.ts'
import { immutableMessage, requiredOneOf } from '../../checks.ts'
import { internalForm } from '../../internal-form.ts'
import { csiDriverName } from '../../core/v1/pod-spec/volume-source-checks.ts'
import { validateNodeSelector } from '../../core/v1/pod-spec/validate-node-selector.ts'
import { validateConditions } from '../../meta/conditions.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { validateLabelName, validatePoolName, validateSet, validateShareId, validateSlice } from './names.ts'
import { type RequestNames, requestNamesOf, validateRequestReference } from './request-names.ts'
import { validateBindingConditions } from './validate-binding-conditions.ts'
import { validateReferences } from './validate-claim.ts'
import { validateConfiguration, validateRaw } from './validate-configuration.ts'
import { validateDeviceToleration } from './validate-tolerations.ts'

const at = path('status')
const maxConsumers = 256
const maxResults = 32
const maxConfigurations = 64
const maxConditions = 8
const dataMaxLength = 10 * 1024
const maxAddresses = 16
const interfaceNameMaxLength = 256
const hardwareAddressMaxLength = 128
const unlimited = Number.POSITIVE_INFINITY

export function validateClaimStatusUpdate({ metadata, spec, status }: ResourceClaim, { status: old }: ResourceClaim): FieldError[] {
  const { allocation, reservedFor, devices } = status
  const allocated = new Set((allocation?.devices?.results ?? []).map(deviceId))
  return [
    ...validateSet(reservedFor, maxConsumers, validateConsumer, ({ uid }) => uid, at.child('reservedFor')),
    ...validateSet(devices, unlimited, (each, here) => validateDeviceStatus(each, allocated, here), deviceId, at.child('devices'), shownId),
    ...validateReservation(status, old.reservedFor ?? [], metadata.deletionTimestamp !== undefined),
    ...(allocation && old.allocation && !semanticEqual(allocation, old.allocation)
      ? [invalidValue(at.child('allocation'), internalForm(AllocationResultSchema, allocation), immutableMessage)]
      : []),
    ...(allocation && !old.allocation ? validateAllocation(allocation, requestNamesOf(spec.devices ?? {}), at.child('allocation')) : []),
  ]
}

/** As upstream prints what identifies a device. */
function shownId({ driver, pool, device, shareID = '' }: AllocatedDeviceStatus): object {
  return { Driver: driver, Pool: pool, Device: device, ShareID: shareID }
}

function deviceId({ driver, pool, device, shareID }: { driver: string; pool: string; device: string; shareID?: string }): string {
  return [driver, pool, device, ...(shareID === undefined ? [] : [shareID])].join('/')
}

function validateConsumer(consumer: ResourceClaimConsumerReference, at: FieldPath): FieldError[] {
  return (['resource', 'name', 'uid'] as const).filter((key) => !consumer[key]).map((key) => required(at.child(key)))
}

function validateReservation({ reservedFor, allocation }: ResourceClaim['status'], before: readonly ResourceClaimConsumerReference[], isDeleted: boolean) {
  const here = at.child('reservedFor')
  const consumers = reservedFor ?? []
  if (consumers.length === 0) return []
  if (!allocation) return [forbiddenField(here, 'may not be specified when `allocated` is not set')]
  const isNew = (consumer: ResourceClaimConsumerReference) => !before.some((each) => semanticEqual(each, consumer))
  return isDeleted && consumers.some(isNew)
    ? [forbiddenField(here, 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set')]
    : []
}

function validateAllocation({ devices, nodeSelector }: AllocationResult, names: RequestNames, at: FieldPath): FieldError[] {
  const here = at.child('devices')
  return [
    ...validateSlice(devices?.results, maxResults, (each, where) => validateResult(each, names, where), here.child('results')),
    ...validateSlice(devices?.config, maxConfigurations, (each, where) => validateAllocatedConfiguration(each, names, where), here.child('config')),
    ...(nodeSelector ? validateNodeSelector(nodeSelector, at.child('nodeSelector')) : []),
  ]
}

function validateResult(result: DeviceRequestAllocationResult, names: RequestNames, at: FieldPath): FieldError[] {
  return [
    ...validateRequestReference(result.request, names, at.child('request')),
    ...csiDriverName(result.driver, at.child('driver')),
    ...validatePoolName(result.pool, at.child('pool')),
    ...validateLabelName(result.device, at.child('device')),
    ...validateBindingConditions(result, at),
    ...(result.tolerations ?? []).flatMap((each, position) => validateDeviceToleration(each, at.child('tolerations').index(position))),
    ...(result.shareID === undefined ? [] : validateShareId(result.shareID, at.child('shareID'))),
  ]
}

function validateAllocatedConfiguration(config: DeviceAllocationConfiguration, names: RequestNames, at: FieldPath): FieldError[] {
  return [
    ...requiredOneOf(at.child('source'), config.source, ['FromClaim', 'FromClass']),
    ...validateReferences(config.requests, names, at.child('requests')),
    ...validateConfiguration(config, at),
  ]
}

function validateDeviceStatus(status: AllocatedDeviceStatus, allocated: ReadonlySet<string>, at: FieldPath): FieldError[] {
  const conditions = status.conditions ?? []
  return [
    ...csiDriverName(status.driver, at.child('driver')),
    ...validatePoolName(status.pool, at.child('pool')),
    ...validateLabelName(status.device, at.child('device')),
    ...(status.shareID === undefined ? [] : validateShareId(status.shareID, at.child('shareID'))),
    ...(allocated.has(deviceId(status)) ? [] : [invalidValue(at, shownId(status), 'must be an allocated device in the claim')]),
    ...(conditions.length > maxConditions ? [tooMany(at.child('conditions'), conditions.length, maxConditions)] : []),
    ...validateConditions(conditions, at.child('conditions')),
    ...(status.data === undefined ? [] : validateRaw(status.data, dataMaxLength, at.child('data'))),
    ...(status.networkData ? validateNetworkData(status.networkData, at.child('networkData')) : []),
  ]
}

function validateNetworkData({ interfaceName, hardwareAddress, ips }: NetworkDeviceData, at: FieldPath): FieldError[] {
  return [
    ...limited(interfaceName, interfaceNameMaxLength, at.child('interfaceName')),
    ...limited(hardwareAddress, hardwareAddressMaxLength, at.child('hardwareAddress')),
    ...validateSet(ips, maxAddresses, validateInterfaceAddress, String, at.child('ips')),
  ]
}

function limited(text: string | undefined, max: number, at: FieldPath): FieldError[] {
  return Buffer.byteLength(text ?? '') > max ? [tooLong(at, max)] : []
}

/** An address with the length of its network: host bits are what it is about. */
function validateInterfaceAddress(text: string, at: FieldPath): FieldError[] {
  const cidr = parseCidr(text)
  if (!cidr) return [invalidValue(at, text, 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)')]
  const canonical = `${numberToIp(cidr.address, cidr.family)}/${cidr.prefixLength}`
  return canonical === text ? [] : [invalidValue(at, text, `must be in canonical form (${JSON.stringify(canonical)})`)]
}
