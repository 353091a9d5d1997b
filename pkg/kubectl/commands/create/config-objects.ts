/** create configmap, secret (generic, tls, docker-registry), namespace, serviceaccount, quota, priorityclass. */
import { isUtf8 } from 'node:buffer'
import { escapeMarkup } from '#apimachinery/codec/go-json.ts'
import { nameHash } from '#apimachinery/codec/name-hash.ts'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { StatusError } from '#apimachinery/status-error.ts'
import { outputFlags } from '../../printers/index.ts'
import { CommandError, usageError } from '../../errors.ts'
import type { Command, Invocation } from '../../types.ts'
import { resourceList } from '../set/resources.ts'
import { generatorCommand } from './generate.ts'
import { keyValueFlags, keyValues } from './key-values.ts'

export const configmap: Command = generatorCommand({
  summary: 'Create a config map based on a file, directory, or specified literal value.',
  usage: 'NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  flags: keyValueFlags,
  make(invocation, name) {
    const data: Record<string, string> = {}
    const binaryData: Record<string, string> = {}
    for (const [key, value] of keyValues(invocation, 'ConfigMap')) {
      if (isUtf8(value)) data[key] = value.toString('utf8')
      else binaryData[key] = value.toString('base64')
    }
    const object: any = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }
    if (Object.keys(data).length > 0) object.data = data
    if (Object.keys(binaryData).length > 0) object.binaryData = binaryData
    if (invocation.flags.bool('append-hash')) {
      object.metadata.name += `-${nameHash({ kind: 'ConfigMap', name, data, ...(object.binaryData ? { binaryData } : {}) })}`
    }
    return object
  },
})

function secretObject(name: string, type: string, data: ReadonlyMap<string, Buffer>, { flags }: Invocation): any {
  const encoded = Object.fromEntries([...data].map(([key, value]) => [key, value.toString('base64')]))
  const object: any = { apiVersion: 'v1', kind: 'Secret', metadata: { name } }
  if (data.size > 0) object.data = encoded
  if (type !== '') object.type = type
  if (flags.bool('append-hash')) object.metadata.name += `-${nameHash({ kind: 'Secret', type, name, data: encoded })}`
  return object
}

export const secretGeneric: Command = generatorCommand({
  summary: 'Create a secret based on a file, directory, or specified literal value.',
  usage: 'NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  flags: [...keyValueFlags, { name: 'type', type: 'string', usage: 'The type of secret to create' }],
  make: (invocation, name) => secretObject(name, invocation.flags.string('type'), keyValues(invocation, 'Secret'), invocation),
})

export const secretTls: Command = generatorCommand({
  summary: 'Create a TLS secret from the given public/private key pair.',
  usage: 'NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]',
  flags: [
    { name: 'append-hash', type: 'bool', default: 'false', usage: 'Append a hash of the contents to the name' },
    { name: 'cert', type: 'string', usage: 'Path to PEM encoded public key certificate' },
    { name: 'key', type: 'string', usage: 'Path to private key associated with given certificate' },
  ],
  async make(invocation, name) {
    const { flags, io } = invocation
    if (flags.string('key') === '' || flags.string('cert') === '') throw new CommandError('error: key and cert must be specified')
    const read = (flag: string): Buffer => {
      try {
        return readFileSync(resolve(io.cwd, flags.string(flag)))
      } catch {
        throw new CommandError(`error: Cannot read file ${flags.string(flag)}, open ${flags.string(flag)}: no such file or directory`)
      }
    }
    const [cert, key] = [read('cert'), read('key')]
    const { createSecureContext } = await import('node:tls')
    try {
      createSecureContext({ cert, key })
    } catch (error) {
      throw new CommandError(`error: tls: ${(error as Error).message}`)
    }
    return secretObject(
      name,
      'kubernetes.io/tls',
      new Map([
        ['tls.crt', cert],
        ['tls.key', key],
      ]),
      invocation,
    )
  },
})

export const secretDocker: Command = generatorCommand({
  summary: 'Create a new secret for use with Docker registries.',
  usage:
    'NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]',
  flags: [
    keyValueFlags[0]!,
    keyValueFlags[2]!,
    { name: 'docker-email', type: 'string', usage: 'Email for Docker registry' },
    { name: 'docker-password', type: 'string', usage: 'Password for Docker registry authentication' },
    { name: 'docker-server', type: 'string', default: 'https://index.docker.io/v1/', usage: 'Server location for Docker registry' },
    { name: 'docker-username', type: 'string', usage: 'Username for Docker registry authentication' },
  ],
  make(invocation, name) {
    const { flags } = invocation
    const type = 'kubernetes.io/dockerconfigjson'
    if (flags.list('from-file').length > 0) return secretObject(name, type, keyValues({ ...invocation, flags: withoutLiterals(flags) }, 'Secret'), invocation)
    const [username, password, email] = ['docker-username', 'docker-password', 'docker-email'].map((flag) => flags.string(flag))
    if (!username || !password)
      throw new CommandError('error: either --from-file or the combination of --docker-username, --docker-password and --docker-server is required')
    const auth = Buffer.from(`${username}:${password}`).toString('base64')
    const config = JSON.stringify({ auths: { [flags.string('docker-server')]: { username, password, ...(email ? { email } : {}), auth } } })
    return secretObject(name, type, new Map([['.dockerconfigjson', Buffer.from(escapeMarkup(config))]]), invocation)
  },
})

function withoutLiterals(flags: Invocation['flags']): Invocation['flags'] {
  return Object.assign(Object.create(flags), {
    list: (name: string) => (name === 'from-file' ? flags.list(name).map((source) => (source.includes('=') ? source : `.dockerconfigjson=${source}`)) : []),
  })
}

export const namespace: Command = generatorCommand({
  summary: 'Create a namespace with the specified name.',
  usage: 'NAME [--dry-run=server|client|none]',
  clusterScoped: true,
  make: (_, name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {}, status: {} }),
})

export const serviceaccount: Command = generatorCommand({
  summary: 'Create a service account with the specified name.',
  usage: 'NAME [--dry-run=server|client|none]',
  make: (_, name) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } }),
})

export const quota: Command = generatorCommand({
  summary: 'Create a resource quota with the specified name, hard limits, and optional scopes.',
  usage: 'NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]',
  flags: [
    { name: 'hard', type: 'string', usage: 'Pairs of resource=quantity that define a hard limit' },
    { name: 'scopes', type: 'string', usage: 'Quota scopes' },
  ],
  make({ flags }, name) {
    const hard = flags.string('hard')
    const scopes = flags.string('scopes')
    const spec = {
      ...(hard ? { hard: resourceList(hard) } : {}),
      ...(scopes ? { scopes: scopes.split(',') } : {}),
    }
    return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec, status: {} }
  },
})

export const priorityclass: Command = generatorCommand({
  summary: 'Create a priority class with the specified name, value, globalDefault and description.',
  usage: 'NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]',
  clusterScoped: true,
  flags: [
    { name: 'description', type: 'string', usage: 'When the priority class should be used' },
    { name: 'global-default', type: 'bool', default: 'false', usage: 'Whether it is the default priority' },
    { name: 'preemption-policy', type: 'string', default: 'PreemptLowerPriority', usage: 'Policy for preempting pods with lower priority' },
    { name: 'value', type: 'int', bits: 32, default: '0', usage: 'The value of this priority class' },
  ],
  make: ({ flags }, name) => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value: flags.int('value'),
    ...(flags.bool('global-default') ? { globalDefault: true } : {}),
    ...(flags.string('description') ? { description: flags.string('description') } : {}),
    preemptionPolicy: flags.string('preemption-policy'),
  }),
})

const boundKinds = ['Node', 'Pod', 'Secret']

export const token: Command = {
  summary: 'Request a service account token.',
  usage: 'SERVICE_ACCOUNT_NAME',
  flags: [
    ...outputFlags.filter(({ name }) => name !== 'output'),
    { name: 'audience', type: 'stringArray', usage: 'Audience of the requested token' },
    { name: 'bound-object-kind', type: 'string', usage: 'Kind of an object to bind the token to' },
    { name: 'bound-object-name', type: 'string', usage: 'Name of an object to bind the token to' },
    { name: 'bound-object-uid', type: 'string', usage: 'UID of an object to bind the token to' },
    { name: 'duration', type: 'duration', default: '0s', usage: 'Requested lifetime of the token' },
    { name: 'output', short: 'o', type: 'string', usage: 'Output format' },
  ],
  async run(invocation) {
    const { args, flags, session, out, io } = invocation
    if (args.length !== 1) throw usageError(invocation.path, `exactly one NAME is required, got ${args.length}`)
    const [name = ''] = args
    if (name === '') throw new CommandError('error: service account name is required')
    const duration = flags.duration('duration')
    if (duration < 0) throw new CommandError('error: --duration must be greater than or equal to 0')
    if (duration % 1000 !== 0) throw new CommandError('error: --duration cannot be expressed in units less than seconds')
    if (flags.list('audience').includes('')) throw new CommandError('error: --audience must not be an empty string')
    const kind = flags.string('bound-object-kind')
    if (kind !== '' && !boundKinds.includes(kind)) throw new CommandError(`error: supported --bound-object-kind values are ${boundKinds.join(', ')}`)
    if (kind === '' && flags.string('bound-object-name') !== '')
      throw new CommandError('error: --bound-object-name can only be set if --bound-object-kind is provided')
    if (kind === '' && flags.string('bound-object-uid') !== '')
      throw new CommandError('error: --bound-object-uid can only be set if --bound-object-kind is provided')
    if (kind !== '' && flags.string('bound-object-name') === '')
      throw new CommandError('error: --bound-object-name is required if --bound-object-kind is provided')
    const wrong = ['/', '%'].filter((each) => name.includes(each)).map((each) => `may not contain '${each}'`)
    if (wrong.length > 0) throw new CommandError(`error: failed to create token: invalid resource name ${JSON.stringify(name)}: [${wrong.join(' ')}]`)
    const request = session.json({
      method: 'POST',
      path: `/api/v1/namespaces/${encodeURIComponent(await session.namespace())}/serviceaccounts/${encodeURIComponent(name)}/token`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: {},
        spec: {
          audiences: flags.list('audience'),
          ...(duration > 0 ? { expirationSeconds: duration / 1000 } : {}),
          ...(kind ? { boundObjectRef: { kind, apiVersion: 'v1', name: flags.string('bound-object-name'), uid: flags.string('bound-object-uid') } } : {}),
        },
      }),
    })
    const answer = await request.catch((error: unknown) => {
      throw error instanceof StatusError ? new CommandError(`error: failed to create token: ${error.message}`) : error
    })
    const { printerOf } = await import('../../printers/index.ts')
    const printer = await printerOf(invocation, 'plain', { typed: true })
    // A script that reads it wants nothing but the token.
    out(printer ? printer(answer) : `${answer.status.token}${io.stdout.isTTY ? '\n' : ''}`)
  },
}
