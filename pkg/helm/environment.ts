/** The variables that `helm env` shows, and that plugins see. */
import type { FlagValues } from '#kubectl/flags/types.ts'
import type { Settings } from './settings.ts'

export function environmentOf(settings: Settings, flags: FlagValues): Record<string, string> {
  const kubeconfig = flags.string('kubeconfig')
  return {
    HELM_BIN: settings.env.HELM_BIN ?? 'helm',
    HELM_BURST_LIMIT: flags.string('burst-limit'),
    HELM_CACHE_HOME: settings.cacheHome,
    HELM_CONFIG_HOME: settings.configHome,
    HELM_CONTENT_CACHE: settings.contentCache,
    HELM_DATA_HOME: settings.dataHome,
    HELM_DEBUG: String(settings.debug),
    HELM_KUBEAPISERVER: flags.string('kube-apiserver'),
    HELM_KUBEASGROUPS: flags.list('kube-as-group').join(','),
    HELM_KUBEASUSER: flags.string('kube-as-user'),
    HELM_KUBECAFILE: flags.string('kube-ca-file'),
    HELM_KUBECONTEXT: settings.kubeContext,
    HELM_KUBEINSECURE_SKIP_TLS_VERIFY: String(flags.bool('kube-insecure-skip-tls-verify')),
    HELM_KUBETLS_SERVER_NAME: flags.string('kube-tls-server-name'),
    HELM_KUBETOKEN: flags.string('kube-token'),
    HELM_MAX_HISTORY: String(settings.maxHistory),
    HELM_NAMESPACE: settings.namespace || 'default',
    HELM_PLUGINS: settings.plugins,
    HELM_QPS: Number(flags.string('qps')).toFixed(2),
    HELM_REGISTRY_CONFIG: settings.registryConfig,
    HELM_REPOSITORY_CACHE: settings.repositoryCache,
    HELM_REPOSITORY_CONFIG: settings.repositoryConfig,
    ...(kubeconfig === '' ? {} : { KUBECONFIG: kubeconfig }),
  }
}
