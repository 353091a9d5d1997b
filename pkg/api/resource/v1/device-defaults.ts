/** Defaults of device requests and taints (pkg/apis/resource/v1/defaults.go). */
import type { DeviceClaim, DeviceSubRequest, ExactDeviceRequest, ResourceSlice } from '#api/gen/resource/v1.ts'
import { rfc3339 } from '#base/clock.ts'

export function defaultDeviceClaim({ requests }: DeviceClaim): void {
  for (const { exactly, firstAvailable } of requests ?? []) {
    if (exactly) defaultRequest(exactly)
    for (const alternative of firstAvailable ?? []) defaultRequest(alternative)
  }
}

function defaultRequest(request: ExactDeviceRequest | DeviceSubRequest): void {
  request.allocationMode ||= 'ExactCount'
  if (request.allocationMode === 'ExactCount') request.count ||= 1
  for (const toleration of request.tolerations ?? []) toleration.operator ||= 'Equal'
}

export function stampTaints({ spec }: ResourceSlice, now: number): void {
  const time = rfc3339(now)
  for (const device of spec.devices ?? []) for (const taint of device.taints ?? []) taint.timeAdded ??= time
}
