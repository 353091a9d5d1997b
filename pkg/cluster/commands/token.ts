/** `k8ts token`: what other machines join by (kubeadm token create, list, delete). */
import { secrets } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import { ensurePki } from '../components.ts'
import { loadConfig } from '../config.ts'
import { adminClient } from '../health.ts'
import { requireRoot } from '../host/requirements.ts'
import { bootstrapGroup } from '../join/cluster-info.ts'
import { createBootstrapToken, formatJoinToken, parseTtl, publicKeyHash } from '../join/token.ts'
import { UsageError } from '../usage-error.ts'
import { clusterOptions, type Command, dataDirOf, noClusterIn } from './command.ts'
import { table } from './table.ts'

const namespace = 'kube-system'
const tokenType = 'bootstrap.kubernetes.io/token'

export const token: Command = {
  name: 'token',
  summary: 'Tokens by which other machines join a cluster of `k8ts server`.',
  usage: 'create [--ttl 24h] [--description TEXT] | list | delete ID',
  options: [
    { name: 'ttl', value: 'T', help: 'how long a token may be used (default 24h; 0: until it is deleted)' },
    { name: 'description', value: 'TEXT', help: 'what it is for' },
    ...clusterOptions,
  ],
  examples: [
    ['k8ts token create', 'then, on the other machine: k8ts agent --server URL --token T'],
    ['k8ts token delete abcdef', 'nobody joins by it any more'],
  ],
  takesArguments: true,
  async run({ options, args, print }) {
    requireRoot()
    const [verb, id, ...more] = args
    if (more.length > 0 || (id !== undefined && verb !== 'delete')) throw new UsageError(`unexpected argument "${more[0] ?? id}"; see: k8ts token --help`, 2)
    const config = await loadConfig(dataDirOf(options))
    if (!config) throw noClusterIn(options)
    if (config.machine?.role !== 'server') throw new UsageError('only a cluster of `k8ts server` lets other machines join; this one is not')
    const pki = await ensurePki(config)
    const client = adminClient(config, pki)
    try {
      switch (verb) {
        case 'create': {
          const ttlMs = parseTtl(typeof options.ttl === 'string' ? options.ttl : '24h')
          const made = await create(client, ttlMs, typeof options.description === 'string' ? options.description : '')
          print(`${formatJoinToken(made, publicKeyHash(pki.ca.certificate))}\n`)
          return 0
        }
        case 'list':
          print(await list(client))
          return 0
        case 'delete':
          await remove(client, id)
          print(`bootstrap token "${id?.slice(0, 6)}" deleted\n`)
          return 0
        default:
          throw new UsageError('say what to do: k8ts token create, list or delete ID', 2)
      }
    } finally {
      client.close()
    }
  },
}

async function create(client: Client, ttlMs: number, description: string) {
  const made = createBootstrapToken()
  await client.create(secrets, {
    metadata: { namespace, name: `bootstrap-token-${made.id}` },
    type: tokenType,
    stringData: {
      'token-id': made.id,
      'token-secret': made.secret,
      'usage-bootstrap-authentication': 'true',
      'usage-bootstrap-signing': 'true',
      'auth-extra-groups': bootstrapGroup,
      ...(description ? { description } : {}),
      ...(ttlMs > 0 ? { expiration: `${new Date(Date.now() + ttlMs).toISOString().slice(0, 19)}Z` } : {}),
    },
  })
  return made
}

/** Without the secret halves, which only who made them needs. */
async function list(client: Client): Promise<string> {
  const { items } = await client.list(secrets, { namespace, fieldSelector: `type=${tokenType}` })
  const value = (data: Readonly<Record<string, string>> | undefined, key: string) => Buffer.from(data?.[key] ?? '', 'base64').toString()
  const rows = items.map(({ data }) => [value(data, 'token-id'), value(data, 'expiration') || '<forever>', value(data, 'description') || '<none>'])
  return table(['TOKEN ID', 'EXPIRES', 'DESCRIPTION'], rows)
}

async function remove(client: Client, id: string | undefined): Promise<void> {
  const found = /^([a-z0-9]{6})(\.[a-z0-9]{16})?$/.exec(id ?? '')?.[1]
  if (!found) throw new UsageError('k8ts token delete takes the six characters of a token ID; see: k8ts token list', 2)
  try {
    await client.delete(secrets, { namespace, name: `bootstrap-token-${found}` })
  } catch (error) {
    if (isNotFound(error)) throw new UsageError(`there is no token "${found}"`)
    throw error
  }
}
