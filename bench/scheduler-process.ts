/** The scheduler in a process of its own, as a cluster has it; tells its parent how many pods it has bound. */
import { systemClock } from '#base/clock.ts'
import { createLogger } from '#base/log.ts'
import { createKeepAliveTransport } from '#client/keep-alive-transport.ts'
import { intercept } from '#client/interceptor.ts'
import { createClient } from '#client/rest.ts'
import { ensurePki } from '#cluster/components.ts'
import { loadConfig } from '#cluster/config.ts'
import { startScheduler } from '#scheduler/scheduler.ts'

const config = (await loadConfig(process.argv[2]!))!
const pki = await ensurePki(config)
const { certificate, key } = pki.scheduler
const server = `https://127.0.0.1:${config.apiServer.port}`
const abort = new AbortController()
let bound = 0
const client = intercept(createClient(createKeepAliveTransport({ server, ca: pki.ca.certificate, cert: certificate, key })), {
  after({ args: [, options] }) {
    if (options?.subresource === 'binding') bound++
  },
})
const scheduler = startScheduler({ client, clock: systemClock, log: createLogger({ component: 'kube-scheduler', level: 'warn' }), signal: abort.signal })
await scheduler.ready
const report = (): void => {
  process.send?.(bound)
}
report()
// Not more often: it is counted with the scheduler's own time.
setInterval(report, 200)
process.on('SIGTERM', () => process.exit(0))
