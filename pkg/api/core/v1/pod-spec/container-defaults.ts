/** Defaults of containers, probes and handlers (pkg/apis/core/v1/defaults.go). */
import type { Container, EphemeralContainer, Probe, ProbeHandler } from '#api/gen/core/v1.ts'
import { defaultPullPolicy } from './image-name.ts'

export function defaultContainer(container: Container | EphemeralContainer): void {
  container.imagePullPolicy ||= defaultPullPolicy(container.image)
  container.terminationMessagePath ||= '/dev/termination-log'
  container.terminationMessagePolicy ||= 'File'
  for (const port of container.ports ?? []) port.protocol ||= 'TCP'
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1'
    if (valueFrom?.resourceFieldRef) valueFrom.resourceFieldRef.divisor ||= '0'
    if (valueFrom?.fileKeyRef) valueFrom.fileKeyRef.optional ??= false
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) if (probe) defaultProbe(probe)
  for (const hook of [container.lifecycle?.postStart, container.lifecycle?.preStop]) if (hook) defaultHandler(hook)
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  if (probe.grpc) probe.grpc.service ??= ''
  defaultHandler(probe)
}

function defaultHandler({ httpGet }: Pick<ProbeHandler, 'httpGet'>): void {
  if (!httpGet) return
  httpGet.path ||= '/'
  httpGet.scheme ||= 'HTTP'
}

/** A limit without a request: the request is the limit. Upstream does so for pods alone, not for templates. */
export function requestsFromLimits({ resources }: Container): void {
  if (!resources?.limits) return
  resources.requests = { ...resources.limits, ...resources.requests }
}

/** On the host's network a container port is the host's port. */
export function hostPortsFromContainerPorts(containers: readonly Container[]): void {
  for (const container of containers) for (const port of container.ports ?? []) port.hostPort ||= port.containerPort
}
