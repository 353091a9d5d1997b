/** What the queue took from a change, as the scheduler's metrics tell it. */

/** "NodeAdd to active": by event and queue, how many pods came, for each that came at all. */
export type Incoming = Readonly<Record<string, number>>

export function incomingOf(metrics: string): Record<string, number> {
  const found: Record<string, number> = {}
  for (const [, event, queue, count] of metrics.matchAll(/^scheduler_queue_incoming_pods_total\{event="([^"]*)",queue="([^"]*)"\} (\d+)/gm))
    found[`${event} to ${queue}`] = Number(count)
  return found
}

/** A pod that is taken out of its back-off early, or whose back-off is over, came for the event before. */
export function since(before: Incoming, after: Incoming): Record<string, number> {
  const grown: Record<string, number> = {}
  for (const [name, count] of Object.entries(after).sort()) {
    const more = count - (before[name] ?? 0)
    const event = name.replace(' to backoff', ' to active')
    if (more > 0 && !name.startsWith('PopFromBackoffQ') && !name.startsWith('BackoffComplete')) grown[event] = (grown[event] ?? 0) + more
  }
  return grown
}
