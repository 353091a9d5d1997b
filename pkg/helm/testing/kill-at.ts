/** Loaded before helm (--import): kills the process at the n-th request that changes something ($KILL_AT), once it was answered. */
const { KILL_AT = '0' } = process.env
let left = Number(KILL_AT)
const https = process.getBuiltinModule('node:https')
const { request } = https

https.request = ((...given: any[]): any => {
  const made = (request as any).apply(https, given)
  const method = String(made.method ?? 'GET')
  if (method !== 'GET' && --left === 0) made.once('response', () => process.kill(process.pid, 'SIGKILL'))
  return made
}) as typeof request
