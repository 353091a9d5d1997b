/** HTTP-01: the answers stand in an annotation of the Ingress, from where every node's proxy serves them (they are no secret). */
import { request } from 'node:http'
import type { Ingress } from '#api/gen/networking/v1.ts'
import { ingresses } from '#api/gen/resources.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { Client } from '#client/types.ts'
import { AcmeError } from './types.ts'

/** The same as in `#network/ingress`, which this layer may not import. */
export const challengeAnnotation = 'k8ts.io/acme-challenges'
const tries = 20
const betweenMs = 500

/** Whether a node's proxy has the answer already. */
export type Probe = (address: string, host: string, token: string, keyAuthorization: string) => Promise<boolean>

export function setChallenges(client: Client, ingress: Ingress, answers: Readonly<Record<string, string>> | null): Promise<unknown> {
  const value = answers === null ? null : JSON.stringify(answers)
  return client.patch(ingresses, splitKey(keyOf(ingress)), { metadata: { annotations: { [challengeAnnotation]: value } } }, { type: 'merge' })
}

/** Until every node's proxy answers, or a while has passed and some do. The server asks only once, wherever its request comes in. */
export async function untilServed(
  addresses: readonly string[],
  challenges: readonly { readonly host: string; readonly token: string; readonly keyAuthorization: string }[],
  { probe, clock, signal }: { probe: Probe; clock: Clock; signal: AbortSignal },
): Promise<void> {
  for (let turn = 1; ; turn++) {
    const served = await Promise.all(
      addresses.map(async (address) => {
        const all = await Promise.all(challenges.map(({ host, token, keyAuthorization }) => probe(address, host, token, keyAuthorization)))
        return all.every(Boolean)
      }),
    )
    if (served.every(Boolean) && served.length > 0) return
    if (turn >= tries && served.some(Boolean)) return
    if (turn >= tries || signal.aborted) throw new AcmeError('no node serves the answer to the challenge')
    await sleep(clock, betweenMs, signal)
  }
}

export const probeNode: Probe = (address, host, token, keyAuthorization) =>
  new Promise((resolve) => {
    const outgoing = request({ host: address, port: 80, path: `/.well-known/acme-challenge/${token}`, headers: { host }, timeout: 2_000 }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
        if (text.length > 1024) outgoing.destroy()
      })
      response.on('end', () => resolve(response.statusCode === 200 && text === keyAuthorization))
    })
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', () => resolve(false))
    outgoing.on('close', () => resolve(false))
    outgoing.end()
  })
