/**
 * Where systemd runs, its shutdown waits for the node's pods: a delay lock held by `systemd-inhibit`, and logind's signal
 * PrepareForShutdown read from D-Bus. Both are systemd's own programs, so that no D-Bus client is needed here. logind delays no longer than
 * its InhibitDelayMaxSec.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'

export interface InhibitorOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** The machine goes down; the lock is given back when it resolves. */
  readonly onShutdown: () => Promise<void>
  readonly onCancelled: () => void
}

const retryMs = 5_000

/** Whether there is a systemd that could be asked to wait. */
export const hasSystemd = (): boolean => existsSync('/run/systemd/system') && existsSync('/run/dbus/system_bus_socket')

export async function inhibitShutdown(options: InhibitorOptions): Promise<void> {
  const { clock, log, signal, onShutdown, onCancelled } = options
  while (!signal.aborted) {
    const lock = start('systemd-inhibit', [
      '--what=shutdown',
      '--who=kubelet',
      '--why=Kubelet needs time to handle node shutdown',
      '--mode=delay',
      'sleep',
      'infinity',
    ])
    const monitor = start('gdbus', ['monitor', '--system', '--dest', 'org.freedesktop.login1', '--object-path', '/org/freedesktop/login1'])
    const release = () => {
      lock.kill()
      monitor.kill()
    }
    signal.addEventListener('abort', release, { once: true })
    const lines = createInterface({ input: monitor.stdout! })
    lines.on('line', (line) => {
      const active = shutdownSignal(line)
      if (active === true) void onShutdown().finally(() => lock.kill())
      else if (active === false) onCancelled()
    })
    await Promise.race([ended(lock), ended(monitor)])
    signal.removeEventListener('abort', release)
    release()
    if (!signal.aborted) log.debug('the shutdown inhibitor ended; it is taken again')
    await sleep(clock, retryMs, signal)
  }
}

/** "… PrepareForShutdown (true,)": going down; false: it was called off. */
export function shutdownSignal(line: string): boolean | undefined {
  const match = /org\.freedesktop\.login1\.Manager\.PrepareForShutdown \((true|false),\)/.exec(line)
  return match ? match[1] === 'true' : undefined
}

function start(program: string, args: readonly string[]): ChildProcess {
  return spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] })
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
}
