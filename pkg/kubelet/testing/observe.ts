/** Waiting for what a real runtime does, and remembering events. For tests only. */
import type { EventRecorder } from '../types.ts'

export interface SeenEvent {
  readonly name: string
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly fieldPath: string | undefined
  readonly annotations?: Readonly<Record<string, string>>
}

export function eventsOf() {
  const events: SeenEvent[] = []
  return {
    events,
    event(...[about, type, reason, message, fieldPath, annotations]: Parameters<EventRecorder['event']>): void {
      events.push({ name: about.metadata.name, type, reason, message, fieldPath, ...(annotations ? { annotations } : {}) })
    },
  }
}

export async function until<T>(question: () => T | Promise<T>, what: string, limitMs = 20_000): Promise<NonNullable<Exclude<T, false>>> {
  const end = Date.now() + limitMs
  for (;;) {
    const answer = await question()
    if (answer) return answer as NonNullable<Exclude<T, false>>
    if (Date.now() > end) throw new Error(`did not come to pass: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}
