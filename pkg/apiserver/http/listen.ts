import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Listening, ListenOptions } from '../options.ts'
import type { Handler } from '../types.ts'

export async function listen(_handler: Handler, _clock: Clock, _log: Logger, _options: ListenOptions): Promise<Listening> {
  throw new Error('not yet')
}
