/** Validation of probes and lifecycle hooks. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, required } from '#apimachinery/field-error.ts'
import { isHttpHeaderName, isValidPortNum } from '#apimachinery/names.ts'
import type { Container, HTTPGetAction, Lifecycle, LifecycleHandler, PodSpec, Probe, ProbeHandler } from '#api/gen/core/v1.ts'
import { complaints, nonNegative, oneOf, portNumberOrName, requiredText } from '../../../checks.ts'

const counts = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const

/** The probes and hooks of a container that goes on running: a main one or a sidecar. */
export function validateProbes(container: Container, spec: PodSpec, at: FieldPath): FieldError[] {
  return [
    ...validateLifecycle(container.lifecycle, spec, at.child('lifecycle')),
    ...validateOnceProbe(container.livenessProbe, at.child('livenessProbe')),
    ...validateReadinessProbe(container.readinessProbe, at.child('readinessProbe')),
    ...validateOnceProbe(container.startupProbe, at.child('startupProbe')),
  ]
}

/** Liveness and startup: one success is enough. */
function validateOnceProbe(probe: Probe | undefined, at: FieldPath): FieldError[] {
  if (!probe) return []
  const once = probe.successThreshold === 1 ? [] : [invalidValue(at.child('successThreshold'), probe.successThreshold ?? 0, 'must be 1')]
  return [...validateProbe(probe, at), ...once]
}

function validateReadinessProbe(probe: Probe | undefined, at: FieldPath): FieldError[] {
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

const plainSignals =
  'SIGABRT SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGIOT SIGKILL SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT SIGSEGV SIGSTKFLT SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIGRTMIN SIGRTMAX'
const realTimeSignals = [...numbered('SIGRTMIN+', 15), ...numbered('SIGRTMAX-', 14)]
const stopSignals: Readonly<Record<string, readonly string[]>> = {
  linux: [...plainSignals.split(' '), ...realTimeSignals].sort(),
  windows: ['SIGKILL', 'SIGTERM'],
}

function numbered(prefix: string, last: number): string[] {
  return Array.from({ length: last }, (_, index) => `${prefix}${index + 1}`)
}

function validateLifecycle(lifecycle: Lifecycle | undefined, spec: PodSpec, at: FieldPath): FieldError[] {
  if (!lifecycle) return []
  const hooks = (['postStart', 'preStop'] as const).flatMap((key) =>
    lifecycle[key] ? validateHandler(lifecycle[key], at.child(key), spec.terminationGracePeriodSeconds) : [],
  )
  return [...hooks, ...validateStopSignal(lifecycle.stopSignal, spec.os?.name, at.child('stopSignal'))]
}

/** Signals differ by system, so that the pod must say which it is for (KEP-4960). */
function validateStopSignal(signal: string | undefined, os: string | undefined, at: FieldPath): FieldError[] {
  if (signal === undefined) return []
  if (!os) return [forbiddenField(at, 'may not be set for containers with empty `spec.os.name`')]
  const known = stopSignals[os]
  return known && !known.includes(signal) ? [notSupported(at, signal, known)] : []
}

function validateHandler(handler: ProbeHandler & LifecycleHandler, at: FieldPath, grace?: number): FieldError[] {
  const given = (['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const).filter((key) => handler[key])
  if (given.length === 0) return [required(at, 'must specify a handler type')]
  return given.flatMap((key, position) => {
    const here = at.child(key)
    if (position > 0) return [forbiddenField(here, 'may not specify more than 1 handler type')]
    if (key === 'exec') return (handler.exec?.command ?? []).length === 0 ? [required(here.child('command'))] : []
    if (key === 'httpGet') return validateHttpGet(handler.httpGet!, here)
    if (key === 'tcpSocket') return portNumberOrName(here.child('port'), handler.tcpSocket?.port)
    if (key === 'grpc') return complaints(here.child('port'), handler.grpc?.port ?? 0, isValidPortNum(handler.grpc?.port ?? 0))
    return validateSleep(handler.sleep?.seconds ?? 0, grace, here)
  })
}

function validateSleep(seconds: number, grace: number | undefined, at: FieldPath): FieldError[] {
  if (grace === undefined || (seconds >= 0 && seconds <= grace)) return []
  return [invalidValue(at, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)]
}

function validateHttpGet({ path, port, scheme, httpHeaders }: HTTPGetAction, at: FieldPath): FieldError[] {
  return [
    ...requiredText(at.child('path'), path),
    ...portNumberOrName(at.child('port'), port),
    ...oneOf(at.child('scheme'), scheme, ['HTTP', 'HTTPS']),
    ...(httpHeaders ?? []).flatMap(({ name }) => complaints(at.child('httpHeaders'), name, isHttpHeaderName(name))),
  ]
}
