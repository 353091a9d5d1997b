/** Helm's environment: the HELM_* variables, the XDG folders, and the flags that every command has (pkg/cli, pkg/helmpath). */
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { FlagSpec, FlagValues } from '#kubectl/flags/types.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Settings {
  readonly cacheHome: string
  readonly configHome: string
  readonly dataHome: string
  readonly plugins: string
  readonly registryConfig: string
  readonly repositoryConfig: string
  readonly repositoryCache: string
  readonly contentCache: string
  readonly namespace: string
  readonly maxHistory: number
  readonly debug: boolean
  readonly colorMode: string
  readonly kubeContext: string
  readonly driver: string
  readonly env: Environment
}

interface Homes {
  readonly cacheHome: string
  readonly configHome: string
  readonly dataHome: string
}

function homesOf(env: Environment): Homes {
  const home = env.HOME || homedir()
  const place = (own: string, xdg: string, otherwise: string): string => env[own] || (env[xdg] ? join(env[xdg], 'helm') : join(home, otherwise, 'helm'))
  return {
    cacheHome: place('HELM_CACHE_HOME', 'XDG_CACHE_HOME', '.cache'),
    configHome: place('HELM_CONFIG_HOME', 'XDG_CONFIG_HOME', '.config'),
    dataHome: place('HELM_DATA_HOME', 'XDG_DATA_HOME', '.local/share'),
  }
}

const numberOr = (text: string | undefined, otherwise: string): string => (text !== undefined && /^[+-]?\d+$/.test(text) ? String(Number(text)) : otherwise)
const isTrue = (text: string | undefined): boolean => text !== undefined && ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)

/** NO_COLOR comes first; a HELM_COLOR that says nothing known counts for nothing. */
function colorModeOf({ NO_COLOR, HELM_COLOR = '' }: Environment): string {
  if (NO_COLOR) return 'never'
  const mode = HELM_COLOR.toLowerCase()
  return ['never', 'auto', 'always'].includes(mode) ? mode : 'auto'
}

/** The flags of every command; their defaults come from the environment. */
export function globalFlags(env: Environment): readonly FlagSpec[] {
  const { cacheHome, configHome } = homesOf(env)
  return [
    {
      name: 'burst-limit',
      type: 'int',
      default: numberOr(env.HELM_BURST_LIMIT, '100'),
      usage: 'how many requests may go out at once (taken, but not needed here)',
    },
    { name: 'color', type: 'string', default: colorModeOf(env), usage: 'whether output has colors (never, auto, always)' },
    { name: 'colour', type: 'string', default: colorModeOf(env), usage: 'the same as --color' },
    {
      name: 'content-cache',
      type: 'string',
      default: env.HELM_CONTENT_CACHE ?? join(cacheHome, 'content'),
      usage: 'folder in which downloaded charts are kept',
    },
    { name: 'debug', type: 'bool', default: String(isTrue(env.HELM_DEBUG)), usage: 'say more' },
    { name: 'kube-apiserver', type: 'string', default: env.HELM_KUBEAPISERVER ?? '', usage: 'address of the API server' },
    { name: 'kube-as-group', type: 'stringArray', default: env.HELM_KUBEASGROUPS ?? '', usage: 'group to act as; may be repeated' },
    { name: 'kube-as-user', type: 'string', default: env.HELM_KUBEASUSER ?? '', usage: 'user to act as' },
    { name: 'kube-ca-file', type: 'string', default: env.HELM_KUBECAFILE ?? '', usage: "file with the authority of the API server's certificate" },
    { name: 'kube-context', type: 'string', default: env.HELM_KUBECONTEXT ?? '', usage: 'context of the kubeconfig to use' },
    {
      name: 'kube-insecure-skip-tls-verify',
      type: 'bool',
      default: String(isTrue(env.HELM_KUBEINSECURE_SKIP_TLS_VERIFY)),
      usage: "do not check the API server's certificate",
    },
    { name: 'kube-tls-server-name', type: 'string', default: env.HELM_KUBETLS_SERVER_NAME ?? '', usage: "name to check the API server's certificate against" },
    { name: 'kube-token', type: 'string', default: env.HELM_KUBETOKEN ?? '', usage: 'bearer token' },
    { name: 'kubeconfig', type: 'string', default: '', usage: 'path of the kubeconfig file' },
    { name: 'namespace', short: 'n', type: 'string', default: env.HELM_NAMESPACE ?? '', usage: 'namespace to work in' },
    { name: 'qps', type: 'string', default: env.HELM_QPS ?? '0.00', usage: 'requests per second (taken, but not needed here)', valueName: 'float32' },
    {
      name: 'registry-config',
      type: 'string',
      default: env.HELM_REGISTRY_CONFIG ?? join(configHome, 'registry/config.json'),
      usage: 'file with the credentials of registries',
    },
    {
      name: 'repository-cache',
      type: 'string',
      default: env.HELM_REPOSITORY_CACHE ?? join(cacheHome, 'repository'),
      usage: 'folder in which the indexes of repositories are kept',
    },
    {
      name: 'repository-config',
      type: 'string',
      default: env.HELM_REPOSITORY_CONFIG ?? join(configHome, 'repositories.yaml'),
      usage: 'file that lists the repositories',
    },
  ]
}

export function settingsOf(env: Environment, flags: FlagValues): Settings {
  const homes = homesOf(env)
  return {
    ...homes,
    plugins: env.HELM_PLUGINS ?? join(homes.dataHome, 'plugins'),
    registryConfig: flags.string('registry-config'),
    repositoryConfig: flags.string('repository-config'),
    repositoryCache: flags.string('repository-cache'),
    contentCache: flags.string('content-cache'),
    namespace: flags.string('namespace'),
    maxHistory: Number(numberOr(env.HELM_MAX_HISTORY, '10')),
    debug: flags.bool('debug'),
    colorMode: flags.string(flags.changed('colour') ? 'colour' : 'color'),
    kubeContext: flags.string('kube-context'),
    driver: env.HELM_DRIVER ?? '',
    env,
  }
}
