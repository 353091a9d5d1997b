/** Which annotations of ingress-nginx have an effect here, which need none, and which are not followed. */
import type { Ingress } from '#api/gen/networking/v1.ts'
import { Annotations } from './annotation-reader.ts'

const refused = ['server-snippet', 'configuration-snippet', 'stream-snippet', 'auth-snippet', 'modsecurity-snippet']
/** Snippets of another program's configuration, which we do not follow. */
export function refusedAnnotations({ metadata }: Ingress): string[] {
  return new Annotations(metadata.annotations).names().filter((each) => refused.includes(each))
}

/** What is asked for and neither honoured nor without meaning here. */
export function unknownAnnotations({ metadata }: Ingress): string[] {
  const given = new Annotations(metadata.annotations)
  const saysNothing = (name: string) => harmless.get(name)?.includes(given.text(name)?.toLowerCase() ?? '') ?? false
  return given.names().filter((each) => !honoured.has(each) && !meaningless.has(each) && !refused.includes(each) && !saysNothing(each))
}

const honoured: ReadonlySet<string> = new Set(
  `use-regex from-to-www-redirect server-alias rewrite-target upstream-vhost x-forwarded-prefix app-root ssl-redirect force-ssl-redirect
  backend-protocol proxy-body-size proxy-connect-timeout proxy-read-timeout proxy-next-upstream proxy-next-upstream-tries whitelist-source-range
  allowlist-source-range denylist-source-range permanent-redirect permanent-redirect-code temporal-redirect temporal-redirect-code limit-rps limit-rpm
  limit-burst-multiplier limit-connections limit-allowlist limit-whitelist auth-type auth-secret auth-secret-type auth-realm auth-url auth-method
  auth-signin auth-signin-redirect-param auth-response-headers auth-request-redirect auth-always-set-cookie enable-cors cors-allow-origin
  cors-allow-methods cors-allow-headers cors-expose-headers cors-allow-credentials cors-max-age affinity affinity-mode affinity-canary-behavior
  session-cookie-name session-cookie-path session-cookie-domain session-cookie-max-age session-cookie-expires session-cookie-samesite
  session-cookie-secure session-cookie-change-on-failure custom-http-errors default-backend enable-access-log canary canary-weight
  canary-weight-total canary-by-header canary-by-header-value canary-by-header-pattern canary-by-cookie auth-tls-secret auth-tls-verify-client
  auth-tls-verify-depth auth-tls-error-page auth-tls-pass-certificate-to-upstream auth-tls-match-cn ssl-passthrough satisfy upstream-hash-by
  proxy-ssl-secret proxy-ssl-name proxy-ssl-server-name proxy-ssl-verify proxy-redirect-from proxy-redirect-to proxy-cookie-domain proxy-cookie-path
  custom-headers mirror-target mirror-host mirror-request-body auth-proxy-set-headers disable-proxy-intercept-errors limit-rate limit-rate-after proxy-next-upstream-timeout
  session-cookie-conditional-samesite-none preserve-trailing-slash relative-redirects use-port-in-redirects`.split(/\s+/),
)

/** Those that ask for what is not there unless they say no more than what is so without them. */
const harmless: ReadonlyMap<string, readonly string[]> = new Map([
  ['enable-opentelemetry', ['false', '']],
  ['load-balance', ['round_robin', '']],
  ['proxy-http-version', ['1.1', '']],
  ['ssl-prefer-server-ciphers', ['true', '']],
])

/** They tune nginx's own machinery; what they want is so here, or does not arise. */
const meaningless: ReadonlySet<string> = new Set(
  `proxy-buffering proxy-request-buffering proxy-buffers-number proxy-buffer-size proxy-busy-buffers-size proxy-max-temp-file-size proxy-send-timeout
  client-body-buffer-size auth-keepalive auth-keepalive-share-vars auth-keepalive-requests
  auth-keepalive-timeout auth-cache-key auth-cache-duration enable-global-auth enable-rewrite-log opentelemetry-operation-name
  opentelemetry-trust-incoming-span connection-proxy-header http2-push-preload
  service-upstream
  enable-modsecurity enable-owasp-core-rules`.split(/\s+/),
)
