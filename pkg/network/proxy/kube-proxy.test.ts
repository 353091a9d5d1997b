import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { Pod } from '#api/gen/core/v1.ts'
import type { IpFamily } from '../ip.ts'
import { NftInterpreter, type Packet } from '../test-interpreter.ts'
import { compile } from './compile.ts'
import { ElementStore } from './element-store.ts'
import { addresses, cases, isOwnSource, nodeName, type Question, zone } from './golden/cases.ts'
import { condensed, type Recorded, verdictsOf } from './golden/verdicts.ts'
import { createMarkIds } from './marks.ts'
import { podElements } from './pod-elements.ts'

const recorded = JSON.parse(readFileSync(new URL('golden/recorded-1.36.json', import.meta.url), 'utf8')) as Recorded

for (const family of [4, 6] as const)
  test(`every packet fares as with kube-proxy 1.36, by IPv${family}`, () => {
    const own = addresses[family]
    const store = new ElementStore({ family, podCidr: own.podCidr, nodeAddresses: [own.node] })
    store.replace('service-ranges', new Map([[`service-ranges ${own.serviceRange}`, '']]))
    const ids = createMarkIds()
    for (const number of [2, 3, 9]) {
      const pod = { spec: { containers: [] }, status: { podIP: `${own.podsHere}${number}`, phase: 'Running' } } as unknown as Pod
      store.replace(`pod ${number}`, podElements(pod, family))
    }
    const node = { name: nodeName, address: own.node, zone, family, ownAddresses: new Set<string>() }
    const health = new Map<string, number | undefined>()
    for (const { name, number, service, slices } of cases) {
      const compiled = compile(service, slices, node, ids)
      assert.deepEqual(store.replace(`service ${number}`, compiled.elements), [], name)
      health.set(name, compiled.health?.localEndpoints)
    }
    const kernel = new NftInterpreter()
    kernel.isLocal = (address) => isOwnSource(address, family)
    kernel.load(store.takeEverything())
    const partings: object[] = []
    for (const each of cases) {
      const { both, ipv4, ipv6, health: localEndpoints } = recorded[each.name]!
      const ours = condensed(verdictsOf(each, family, (question) => outcomes(kernel, family, question)))
      const theirs = both ?? (family === 4 ? ipv4 : ipv6)
      if (!isDeepStrictEqual(ours, theirs) || health.get(each.name) !== localEndpoints)
        partings.push({ case: each.name, ours: { ...ours, health: health.get(each.name) }, theirs: { ...theirs, health: localEndpoints } })
    }
    assert.deepEqual(partings, [])
  })

/** All that may become of the first packet of a connection, whatever is drawn. */
function outcomes(kernel: NftInterpreter, family: IpFamily, asked: Question): Set<string> {
  const found = new Set<string>()
  let below = 1
  for (let drawn = 0; drawn < below; drawn++) {
    kernel.forget('affinity')
    kernel.random = (limit) => {
      below = limit
      return drawn
    }
    const packet: Packet = { ...asked, ctMark: 0, mark: 0, translated: false }
    found.add(outcome(kernel, family, packet))
  }
  return found
}

function outcome(kernel: NftInterpreter, family: IpFamily, packet: Packet): string {
  const fromHere = isOwnSource(packet.source, family)
  if (kernel.run(fromHere ? 'firewall-output' : 'firewall-prerouting', packet) === 'drop') return 'drop'
  kernel.run(fromHere ? 'nat-output' : 'nat-prerouting', packet)
  const verdict = kernel.run(fromHere ? 'filter-output' : packet.destination === addresses[family].node ? 'filter-input' : 'filter-forward', packet)
  if (verdict !== 'accept') return verdict
  kernel.run('nat-postrouting', packet)
  return `${packet.destination}:${packet.port} ${packet.source === 'masqueraded' ? 'masqueraded' : 'kept'}`
}
