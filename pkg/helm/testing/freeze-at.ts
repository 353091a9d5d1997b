/**
 * Loaded before the client: a run may be stopped for good at its n-th request that changes something, as a kill stops a
 * process. The server has done what was asked; the run hears nothing of it, and sends nothing more.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

interface Moment {
  left: number
  readonly reached: () => void
}

const https = process.getBuiltinModule('node:https')
const { request } = https
const moments = new AsyncLocalStorage<Moment>()
/** A request that is never sent. */
const silent = { once: () => silent, end: () => silent }

https.request = ((options: any, answered: (response: any) => void): any => {
  const moment = moments.getStore()
  if (!moment) return (request as any)(options, answered)
  if (moment.left <= 0) return silent
  if (options.method === 'GET' || --moment.left > 0) return (request as any)(options, answered)
  return (request as any)(options, (response: any) => {
    response.resume()
    moment.reached()
  })
}) as typeof request

/** Gives whether the run was stopped; false when it came to its end before. */
export function frozenAt(changes: number, run: () => Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    moments.run({ left: changes, reached: () => resolve(true) }, () => run().then(() => resolve(false), reject))
  })
}
