/**
 * What drivers of dynamic resources tell of their devices' health (KEP-4680, ResourceHealthStatus): a driver's report is complete, and
 * holds for as long as the device says, half a minute by default. Kept on disk as upstream's dra_health_state, so that a kubelet that
 * starts again does not call unknown what is known.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ResourceHealth } from '#api/gen/core/v1.ts'
import type { Clock } from '#base/clock.ts'
import type { ReportedHealth } from './messages.ts'
import { replaceFile } from '../replace-file.ts'

export type Health = Pick<ResourceHealth, 'health' | 'message'>

/** As upstream writes it; the time-out in nanoseconds. */
interface StoredHealth {
  readonly PoolName: string
  readonly DeviceName: string
  readonly Health: 'Healthy' | 'Unhealthy' | 'Unknown'
  readonly LastUpdated: string
  readonly HealthCheckTimeout: number
  readonly Message: string
}

type Stored = Record<string, { Devices: Record<string, StoredHealth> }>

const defaultTimeoutMs = 30_000
/** Of the API's field. */
const maxMessageLength = 1024
const words = ['Unknown', 'Healthy', 'Unhealthy'] as const
const unknown: Health = { health: 'Unknown' }

export interface DeviceHealthOptions {
  readonly stateFile: string
  readonly clock: Clock
  /** A device is in another state than before: the pods that have it must tell of it. */
  readonly onChange: () => void
}

export class DeviceHealth {
  readonly #options: DeviceHealthOptions
  readonly #drivers: Stored

  constructor(options: DeviceHealthOptions) {
    this.#options = options
    this.#drivers = read(options.stateFile)
  }

  of(driver: string, pool: string, device: string): Health {
    const known = this.#drivers[driver]?.Devices[`${pool}/${device}`]
    if (!known || this.#isOver(known)) return unknown
    return { health: known.Health, ...(known.Message ? { message: known.Message } : {}) }
  }

  /** One report of a driver: all of its devices. */
  take(driver: string, report: readonly ReportedHealth[]): void {
    const now = this.#now()
    this.#drivers[driver] ??= { Devices: {} }
    const { Devices: devices } = this.#drivers[driver]
    const told = new Set<string>()
    let changed = false
    for (const each of report) {
      const next = stored(each, now)
      const key = `${next.PoolName}/${next.DeviceName}`
      const before = devices[key]
      told.add(key)
      changed ||= before?.Health !== next.Health || before.Message !== next.Message || before.HealthCheckTimeout !== next.HealthCheckTimeout
      devices[key] = next
    }
    for (const [key, each] of Object.entries(devices)) {
      if (told.has(key) || !this.#isOver(each)) continue
      delete devices[key]
      changed = true
    }
    if (changed) this.#save()
  }

  /** Its stream has ended: nobody watches its devices. */
  clear(driver: string): void {
    if (!this.#drivers[driver]) return
    delete this.#drivers[driver]
    this.#save()
  }

  #isOver({ LastUpdated, HealthCheckTimeout }: StoredHealth): boolean {
    return this.#options.clock.now() - Date.parse(LastUpdated) > (HealthCheckTimeout / 1e6 || defaultTimeoutMs)
  }

  #now(): string {
    return new Date(this.#options.clock.now()).toISOString()
  }

  #save(): void {
    const { stateFile, onChange } = this.#options
    mkdirSync(dirname(stateFile), { recursive: true })
    replaceFile(stateFile, JSON.stringify(this.#drivers))
    onChange()
  }
}

function stored({ device, health, health_check_timeout_seconds: seconds, message }: ReportedHealth, now: string): StoredHealth {
  return {
    PoolName: device?.pool_name ?? '',
    DeviceName: device?.device_name ?? '',
    Health: words[health] ?? 'Unknown',
    LastUpdated: now,
    HealthCheckTimeout: Math.max(0, Number(seconds)) * 1e9 || defaultTimeoutMs * 1e6,
    Message: message.length > maxMessageLength ? `${message.slice(0, maxMessageLength - 3)}...` : message,
  }
}

/** A file that cannot be read says nothing: the drivers will tell again. */
function read(file: string): Stored {
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return found && typeof found === 'object' ? (found as Stored) : {}
  } catch {
    return {}
  }
}
