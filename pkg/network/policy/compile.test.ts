import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabelSelector } from '#apimachinery/gen/meta-v1.ts'
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '#api/gen/networking/v1.ts'
import { type IpFamily, ipNumber } from '../ip.ts'
import { NftInterpreter } from '../test-interpreter.ts'
import { seededRandom } from '../test-random.ts'
import { compile } from './compile.ts'
import { forwards, type Packet } from './model.ts'
import { changes, emptyTable, wholeTable } from './rules.ts'
import { blockSpans, inSpans } from './spans.ts'
import type { Direction, PolicyInput, PolicyPod, PolicyTable } from './types.ts'

/** What the kernel does with the table. */
function interpret(table: PolicyTable, packet: Packet): boolean {
  if (packet.source === packet.destination) return true
  return passes(table, packet, 'egress') && passes(table, packet, 'ingress')
}

function passes(table: PolicyTable, packet: Packet, direction: Direction): boolean {
  const [own, peer] = direction === 'ingress' ? [packet.destination, packet.source] : [packet.source, packet.destination]
  const podChain = table.isolated[direction].get(own)
  if (podChain === undefined) return true
  return table.podChains.get(podChain)!.some((chain) =>
    table.policyChains.get(chain)!.some((rule) => {
      assert.equal(rule.direction, direction)
      if (rule.peerSet && !table.addressSets.get(rule.peerSet)!.has(peer)) return false
      if (rule.peerSpans && !inSpans(ipNumber(peer), rule.peerSpans)) return false
      if (rule.protocol && rule.protocol !== packet.protocol) return false
      if (rule.ports && !inSpans(BigInt(packet.port), rule.ports)) return false
      return !rule.namedPorts || table.portSets.get(rule.namedPorts)!.has(`${packet.destination} . ${packet.protocol} . ${packet.port}`)
    }),
  )
}

/** Blocks of both families are in every cluster's policies; pods are of one. */
const blocks = {
  4: {
    cidrs: ['0.0.0.0/0', '10.244.0.0/24', '10.244.0.0/16', '192.0.2.0/24', '::/0'],
    holes: ['10.244.0.8/29', '10.244.1.0/28'],
    outside: ['192.0.2.7', '172.30.0.3'],
  },
  6: {
    cidrs: ['::/0', 'fd00:10:244::/64', 'fd00:10:244::/56', '2001:db8::/32', '0.0.0.0/0'],
    holes: ['fd00:10:244::8/125', 'fd00:10:244:1::/124'],
    outside: ['2001:db8::7', 'fd00:172:30::3'],
  },
} as const

function randomInput(draw: (below: number) => number, family: IpFamily = 4): PolicyInput {
  const pick = <T>(values: readonly T[]): T => values[draw(values.length)]!
  const some = <T>(most: number, make: () => T): T[] => Array.from({ length: draw(most + 1) }, make)
  const namespaceNames = ['a', 'b', 'c']
  const namespaces = new Map(namespaceNames.map((name) => [name, { 'kubernetes.io/metadata.name': name, team: pick(['x', 'y']) }]))
  const pods = Array.from({ length: 8 }, (_, index): PolicyPod => {
    const named = draw(2) ? [{ name: 'web', protocol: pick(['tcp', 'udp'] as const), port: pick([80, 8080]) }] : []
    return {
      namespace: pick(namespaceNames),
      name: `p${index}`,
      labels: { app: pick(['web', 'db']), tier: pick(['1', '2', '3']) },
      address: family === 4 ? `10.244.${index % 2}.${index + 10}` : `fd00:10:244:${index % 2 ? '1:' : ':'}:${(index + 10).toString(16)}`.replace(':::', '::'),
      nodeName: `n${index % 2}`,
      ports: named,
    }
  })
  const podSelector = () =>
    pick<LabelSelector>([{}, { matchLabels: { app: 'web' } }, { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['1'] }] }])
  const namespaceSelector = () => pick<LabelSelector>([{}, { matchLabels: { team: 'x' } }, { matchLabels: { 'kubernetes.io/metadata.name': 'b' } }])
  const peer = (): NetworkPolicyPeer => {
    switch (draw(4)) {
      case 0:
        return { podSelector: podSelector() }
      case 1:
        return { namespaceSelector: namespaceSelector() }
      case 2:
        return { podSelector: podSelector(), namespaceSelector: namespaceSelector() }
      default:
        return {
          ipBlock: {
            cidr: pick(blocks[family].cidrs),
            except: some(2, () => pick(blocks[family].holes)),
          },
        }
    }
  }
  const port = (): NetworkPolicyPort => {
    const protocol = pick([undefined, 'TCP', 'UDP', 'SCTP'])
    const of = pick<Partial<NetworkPolicyPort>>([{}, { port: 80 }, { port: 'web' }, { port: 1000, endPort: 9000 }, { port: 79, endPort: 81 }])
    return { ...(protocol ? { protocol } : {}), ...of }
  }
  const policies = some(4, () => draw(1e6)).map((serial): NetworkPolicy => {
    const rules = (peers: 'from' | 'to') => some(2, () => ({ ...(draw(4) ? { [peers]: some(2, peer) } : {}), ...(draw(3) ? { ports: some(2, port) } : {}) }))
    return {
      metadata: { name: `policy-${serial}`, namespace: pick(namespaceNames) } as NetworkPolicy['metadata'],
      spec: { podSelector: podSelector(), policyTypes: pick([['Ingress'], ['Egress'], ['Ingress', 'Egress']]), ingress: rules('from'), egress: rules('to') },
    }
  })
  return { family, nodeName: 'n0', policies, pods, namespaces }
}

for (const [family, seeds] of [
  [4, 250],
  [6, 120],
] as const)
  test(`the compiled table agrees with the model on every packet of random IPv${family} clusters`, () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const input = randomInput(seededRandom(seed), family)
      const table = compile(input)
      const addresses = [...input.pods.map((pod) => pod.address), ...blocks[family].outside]
      for (const source of addresses)
        for (const destination of addresses)
          for (const protocol of ['tcp', 'udp', 'sctp'] as const)
            for (const port of [80, 8080, 443]) {
              const packet = { source, destination, protocol, port }
              assert.equal(interpret(table, packet), forwards(input, packet), `seed ${seed}: ${JSON.stringify(packet)}`)
            }
    }
  })

/** Some of it as before, some drawn anew: what a minute does to a cluster. */
function laterInput(draw: (below: number) => number, before: PolicyInput): PolicyInput {
  const fresh = randomInput(draw, before.family)
  const keep = () => draw(2) === 0
  const pods = before.pods.map((pod, index) => (keep() ? pod : { ...fresh.pods[index]!, address: pod.address })).filter(() => draw(8) > 0)
  const policies = [...before.policies.filter(keep), ...fresh.policies.filter(keep)]
  return { ...before, pods, policies: [...new Map(policies.map((each) => [`${each.metadata.namespace}/${each.metadata.name}`, each])).values()] }
}

const firstSeed = Number(process.env.K8TS_SEED ?? 1)
const textSeeds = process.env.K8TS_SEED ? 1 : 30

for (const family of [4, 6] as const)
  test(`what is handed to nft, whole and change by change, does with the packets of random IPv${family} clusters what the model says (seeds ${firstSeed} to ${firstSeed + textSeeds - 1})`, () => {
    for (let seed = firstSeed; seed < firstSeed + textSeeds; seed++) {
      const draw = seededRandom(seed)
      const kernel = new NftInterpreter()
      let input = randomInput(draw, family)
      let table = emptyTable(family)
      for (let step = 0; step < 5; step++) {
        const next = compile(input)
        kernel.load(step === 0 ? wholeTable(next) : changes(table, next))
        table = next
        const addresses = [...input.pods.map((pod) => pod.address), ...blocks[family].outside]
        const pick = <T>(values: readonly T[]): T => values[draw(values.length)]!
        for (let count = 0; count < 60; count++) {
          const asked = { source: pick(addresses), destination: pick(addresses), protocol: pick(['tcp', 'udp', 'sctp'] as const), port: pick([80, 8080, 443]) }
          const established = draw(10) === 0
          const packet = { ...asked, ctMark: 0, mark: 0, translated: false, established }
          const passed = ['forward-egress', 'forward-ingress'].every((chain) => kernel.run(chain, packet) === 'accept')
          assert.equal(passed, established || forwards(input, asked), `K8TS_SEED=${seed}, step ${step}: ${JSON.stringify(packet)}`)
        }
        input = laterInput(draw, input)
      }
      kernel.load(changes(table, emptyTable(family)))
    }
  })

test('an exception leaves the rest of its block', () => {
  assert.deepEqual(blockSpans({ cidr: '10.0.0.0/24', except: ['10.0.0.0/26', '10.0.0.128/25'] }, 4), [[ipNumber('10.0.0.64'), ipNumber('10.0.0.127')]])
  assert.deepEqual(blockSpans({ cidr: '10.0.0.0/24', except: ['10.0.0.0/8'] }, 4), [])
  assert.deepEqual(blockSpans({ cidr: 'fd00::/64', except: ['fd00::/65'] }, 6), [[ipNumber('fd00::8000:0:0:0'), ipNumber('fd00::ffff:ffff:ffff:ffff')]])
  assert.deepEqual(blockSpans({ cidr: 'fd00::/8' }, 4), [])
  assert.deepEqual(blockSpans({ cidr: '10.0.0.0/8' }, 6), [])
})

test('only what changed is written, and nothing when nothing did', () => {
  const input = randomInput(seededRandom(4))
  const before = compile({ ...input, policies: [allowWeb('a')] })
  assert.equal(changes(before, compile({ ...input, policies: [allowWeb('a')] })), '')
  const pods = [...input.pods, { ...input.pods[0]!, name: 'new', namespace: 'a', address: '10.244.1.99', nodeName: 'n1', labels: { app: 'web' } }]
  const text = changes(before, compile({ ...input, policies: [allowWeb('a')], pods }))
  assert.match(text, /^add element ip k8ts-policy policy-[0-9a-f]+-ingress-0 \{ 10\.244\.1\.99 \}\n$/)
})

test('policies that select no pod of the node leave the table empty', () => {
  const input = randomInput(seededRandom(4))
  const table = compile({ ...input, nodeName: 'elsewhere', policies: [allowWeb('a'), allowWeb('b')] })
  assert.equal(table.policyChains.size + table.addressSets.size + table.isolated.ingress.size, 0)
  assert.doesNotMatch(wholeTable(table), /^add /m)
})

function allowWeb(namespace: string): NetworkPolicy {
  return {
    metadata: { name: 'allow-web', namespace } as NetworkPolicy['metadata'],
    spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }] },
  }
}
