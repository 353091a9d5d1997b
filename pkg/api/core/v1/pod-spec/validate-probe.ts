/** Validation of probes and lifecycle hooks. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, required } from '#apimachinery/field-error.ts'
import { isHttpHeaderName, isValidPortNum } from '#apimachinery/names.ts'
import type { HTTPGetAction, Lifecycle, LifecycleHandler, Probe, ProbeHandler } from '#api/gen/core/v1.ts'
import { complaints, nonNegative, portNumberOrName, requiredOneOf } from '../../../checks.ts'

const counts = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const

export function validateLivenessProbe(probe: Probe | undefined, at: FieldPath): FieldError[] {
  if (!probe) return []
  const once = probe.successThreshold === 1 ? [] : [invalidValue(at.child('successThreshold'), probe.successThreshold ?? 0, 'must be 1')]
  return [...validateProbe(probe, at), ...once]
}

export function validateReadinessProbe(probe: Probe | undefined, at: FieldPath): FieldError[] {
  if (!probe) return []
  const grace = probe.terminationGracePeriodSeconds
  const errors = validateProbe(probe, at)
  return grace === undefined ? errors : [...errors, invalidValue(at.child('terminationGracePeriodSeconds'), grace, 'must not be set for readinessProbes')]
}

function validateProbe(probe: Probe, at: FieldPath): FieldError[] {
  const errors = [...validateHandler(probe, at), ...counts.flatMap((key) => nonNegative(at.child(key), probe[key]))]
  const grace = probe.terminationGracePeriodSeconds
  if (grace !== undefined && grace <= 0) errors.push(invalidValue(at.child('terminationGracePeriodSeconds'), grace, 'must be greater than 0'))
  return errors
}

export function validateLifecycle(lifecycle: Lifecycle | undefined, at: FieldPath): FieldError[] {
  return (['postStart', 'preStop'] as const).flatMap((key) => (lifecycle?.[key] ? validateHandler(lifecycle[key], at.child(key)) : []))
}

function validateHandler(handler: ProbeHandler & LifecycleHandler, at: FieldPath): FieldError[] {
  const given = (['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const).filter((key) => handler[key])
  if (given.length === 0) return [required(at, 'must specify a handler type')]
  return given.flatMap((key, position) => {
    const here = at.child(key)
    if (position > 0) return [forbiddenField(here, 'may not specify more than 1 handler type')]
    if (key === 'exec') return (handler.exec?.command ?? []).length === 0 ? [required(here.child('command'))] : []
    if (key === 'httpGet') return validateHttpGet(handler.httpGet!, here)
    if (key === 'tcpSocket') return portNumberOrName(here.child('port'), handler.tcpSocket?.port)
    if (key === 'grpc') return complaints(here.child('port'), handler.grpc?.port ?? 0, isValidPortNum(handler.grpc?.port ?? 0))
    return []
  })
}

function validateHttpGet({ path, port, scheme, httpHeaders }: HTTPGetAction, at: FieldPath): FieldError[] {
  return [
    ...(path ? [] : [required(at.child('path'))]),
    ...portNumberOrName(at.child('port'), port),
    ...requiredOneOf(at.child('scheme'), scheme, ['HTTP', 'HTTPS']),
    ...(httpHeaders ?? []).flatMap(({ name }) => complaints(at.child('httpHeaders'), name, isHttpHeaderName(name))),
  ]
}
