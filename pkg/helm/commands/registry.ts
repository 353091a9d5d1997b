/** `helm registry`: login, logout. */
import type { FlagSpec } from '#kubectl/flags/types.ts'
import { Registry } from '../registry/client.ts'
import { forgetCredentials, keepCredentials } from '../registry/credentials.ts'
import { type Command, CommandError, type Invocation } from '../types.ts'

const text = (name: string, usage: string, rest: Partial<FlagSpec> = {}): FlagSpec => ({ name, type: 'string', usage, ...rest })
const bool = (name: string, usage: string, rest: Partial<FlagSpec> = {}): FlagSpec => ({ name, type: 'bool', default: 'false', usage, ...rest })

async function allOf(stdin: AsyncIterable<Uint8Array | string>): Promise<string> {
  let all = ''
  for await (const chunk of stdin) all += Buffer.from(chunk as Uint8Array).toString('utf8')
  return all.replace(/\r?\n$/, '')
}

const hostOf = (given: string): string => given.replace(/^oci:\/\//, '').split('/')[0]!

async function login({ args, flags, session, settings, out, log }: Invocation): Promise<void> {
  const host = hostOf(args[0]!)
  const username = flags.string('username')
  let password = flags.string('password')
  if (flags.bool('password-stdin')) password = await allOf(session.stdin)
  else if (password !== '') log('WARN', 'using --password via the CLI is insecure. Use --password-stdin')
  if (username === '' || password === '') throw new CommandError('a user name and a password are needed: --username, with --password-stdin or --password')
  const registry = new Registry(host, {
    plainHttp: flags.bool('plain-http'),
    credentialsFile: settings.registryConfig,
    username,
    password,
    caFile: flags.string('ca-file'),
    certFile: flags.string('cert-file'),
    keyFile: flags.string('key-file'),
    insecureSkipTlsVerify: flags.bool('insecure'),
  })
  const answer = await registry.request('GET', registry.url(''))
  if (answer.status !== 200) throw new CommandError(`authenticating to ${JSON.stringify(host)}: response status code ${answer.status}`)
  await keepCredentials(settings.registryConfig, host, { username, password })
  out('Login Succeeded\n')
}

async function logout({ args, settings, out }: Invocation): Promise<void> {
  const host = hostOf(args[0]!)
  if (!(await forgetCredentials(settings.registryConfig, host))) throw new CommandError(`not logged in to ${host}`)
  out(`Removing login credentials for ${host}\n`)
}

export const registry: Command = {
  about: 'Keeps the credentials of registries.',
  subcommands: [
    {
      name: 'login',
      summary: 'login to a registry',
      load: async () => ({
        usage: '[host] [flags]',
        about: 'Tries credentials at a registry, and keeps them.',
        arguments: { min: 1, max: 1 },
        flags: [
          text('username', 'user name', { short: 'u' }),
          text('password', 'password', { short: 'p' }),
          bool('password-stdin', 'read the password from standard input'),
          bool('insecure', "do not check the registry's certificate"),
          bool('plain-http', 'speak HTTP'),
          text('cert-file', 'client certificate'),
          text('key-file', "key of the client's certificate"),
          text('ca-file', "authority of the registry's certificate"),
        ],
        run: login,
      }),
    },
    {
      name: 'logout',
      summary: 'logout from a registry',
      load: async () => ({ usage: '[host] [flags]', about: 'Forgets the credentials of a registry.', arguments: { min: 1, max: 1 }, run: logout }),
    },
  ],
}
