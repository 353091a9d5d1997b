/** How long the kubelet's certificates still last (kubelet_certificate_manager_*). */
import { X509Certificate } from 'node:crypto'
import type { MetricSet } from '#base/metric-set.ts'

export interface CurrentCertificates {
  client: string | undefined
  serving: string | undefined
}

export function certificateMetrics(set: MetricSet, current: CurrentCertificates, now: () => number): void {
  const left = (certificate: string | undefined) =>
    certificate === undefined ? [] : [[{}, Math.floor((Date.parse(new X509Certificate(certificate).validTo) - now()) / 1000)] as const]
  set.gauges(
    'kubelet_certificate_manager_client_ttl_seconds',
    "[ALPHA] Gauge of the TTL (time-to-live) of the Kubelet's client certificate. The value is in seconds until certificate expiry (negative if already expired). If client certificate is invalid or unused, the value will be +INF.",
    () => left(current.client),
  )
  set.gauges(
    'kubelet_certificate_manager_server_ttl_seconds',
    "[ALPHA] Gauge of the shortest TTL (time-to-live) of the Kubelet's serving certificate. The value is in seconds until certificate expiry (negative if already expired). If serving certificate is invalid or unused, the value will be +INF.",
    () => left(current.serving),
  )
}
