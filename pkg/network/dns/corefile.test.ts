import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCorefile } from './corefile.ts'

const kubeadm = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`

test('what kubeadm writes means the resolvers of the machine, and nothing of it is ignored', () => {
  assert.deepEqual(parseCorefile(kubeadm), { zones: new Map([['', ['machine']]]), ignored: [] })
})

test('stub domains and upstreams are zones with their resolvers, whatever the writing', () => {
  const text = `# stub domains
Consul.Local.:53 dns://second.example {
    errors
    cache 30
    forward . 10.150.0.1 10.150.0.2:5353 # two of them
}
${kubeadm.replace('/etc/resolv.conf', '172.16.0.1 [fd00::53]:53 fd00::54')}
third.example,
fourth.example {
    forward . dns://192.0.2.1:1053
}
`
  const { zones, ignored } = parseCorefile(text)
  assert.deepEqual(Object.fromEntries(zones), {
    'consul.local': [
      { address: '10.150.0.1', port: 53 },
      { address: '10.150.0.2', port: 5353 },
    ],
    'second.example': [
      { address: '10.150.0.1', port: 53 },
      { address: '10.150.0.2', port: 5353 },
    ],
    '': [
      { address: '172.16.0.1', port: 53 },
      { address: 'fd00::53', port: 53 },
      { address: 'fd00::54', port: 53 },
    ],
    'third.example': [{ address: '192.0.2.1', port: 1053 }],
    'fourth.example': [{ address: '192.0.2.1', port: 1053 }],
  })
  assert.deepEqual(ignored, [])
})

test('what has no effect here is told', () => {
  const { zones, ignored } = parseCorefile(
    '. {\n  rewrite name a b\n  forward . tls://9.9.9.9 resolver.example 192.0.2.1:99999\n}\nx.example:1053 {\n  forward . 192.0.2.1\n}\n',
  )
  assert.equal(zones.size, 0)
  assert.deepEqual(ignored, ['plugin rewrite', 'forward to tls://9.9.9.9', 'forward to resolver.example', 'forward to 192.0.2.1:99999', 'zone x.example:1053'])
})

test('what cannot be read is an error with its line', () => {
  for (const [text, message] of [
    ['. {\n  errors\n', /line 3: it ends within a server block/],
    ['}\n', /line 1: a closing brace without an opening one/],
    ['{\n}\n', /line 1: a server block without a zone/],
    ['. { errors }\n', /line 1: an opening brace ends its line/],
    ['. {\n} x\n', /line 2: a closing brace stands alone/],
  ] as const)
    assert.throws(() => parseCorefile(text), message, text)
})
