/** Validation of where a webhook is (k8s.io/apiserver/pkg/util/webhook). */
import { type FieldError, type FieldPath, invalidValue, required } from '#apimachinery/field-error.ts'
import { isDns1123Subdomain, isValidPortNum } from '#apimachinery/names.ts'
import type { ServiceReference, WebhookClientConfig } from '#api/gen/admissionregistration/v1.ts'

const form = '; desired format: https://host[/path]'

export function validateClientConfig({ url, service }: WebhookClientConfig, at: FieldPath): FieldError[] {
  if (service && url === undefined) return validateService(service, at.child('service'))
  if (url !== undefined && !service) return validateUrl(url, at.child('url'))
  return [required(at, 'exactly one of url or service is required')]
}

function validateUrl(url: string, at: FieldPath): FieldError[] {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    return validateUnreadable(url, at)
  }
  const user = parsed.password === '' ? parsed.username : `${parsed.username}:${parsed.password}`
  return [
    ...(parsed.protocol === 'https:' ? [] : [invalidValue(at, parsed.protocol.slice(0, -1), `'https' is the only allowed URL scheme${form}`)]),
    ...(parsed.host === '' ? [invalidValue(at, '', `host must be specified${form}`)] : []),
    ...(user === '' ? [] : [invalidValue(at, user, 'user information is not permitted in the URL')]),
    ...(parsed.hash === '' ? [] : [invalidValue(at, parsed.hash.slice(1), 'fragments are not permitted in the URL')]),
    ...(parsed.search === '' ? [] : [invalidValue(at, parsed.search.slice(1), 'query parameters are not permitted in the URL')]),
  ]
}

/** What Go reads as a path without scheme and host. */
function validateUnreadable(url: string, at: FieldPath): FieldError[] {
  const withoutHost = /^([a-z][a-z0-9+.-]*):\/\/(?=$|[/?#])/i.exec(url)?.[1]?.toLowerCase()
  if (withoutHost === 'https') return [invalidValue(at, '', `host must be specified${form}`)]
  if (/^[a-z][a-z0-9+.-]*:/i.test(url) || /[\n\r\t%]/.test(url))
    return [required(at, `url must be a valid URL: parse ${JSON.stringify(url)}: invalid URL${form}`)]
  return [invalidValue(at, '', `'https' is the only allowed URL scheme${form}`), invalidValue(at, '', `host must be specified${form}`)]
}

function validateService({ name, namespace, port = 443, path }: ServiceReference, at: FieldPath): FieldError[] {
  const wrong = isValidPortNum(port)
  return [
    // Upstream takes the one for the other.
    ...(namespace ? [] : [required(at.child('name'))]),
    ...(name ? [] : [required(at.child('namespace'))]),
    ...(wrong.length === 0 ? [] : [invalidValue(at.child('port'), port, `port is not valid: ${wrong.join(', ')}`)]),
    ...(path === undefined ? [] : validatePath(path, at.child('path'))),
  ]
}

function validatePath(path: string, at: FieldPath): FieldError[] {
  if (path === '' || path === '/') return []
  if (path === '//') return [invalidValue(at, path, 'segment[0] may not be empty')]
  const errors = path.startsWith('/') ? [] : [invalidValue(at, path, "must start with a '/'")]
  const segments = path.slice(1).replace(/\/$/, '').split('/')
  return [
    ...errors,
    ...segments.flatMap((segment, position) => {
      if (segment === '') return [invalidValue(at, path, `segment[${position}] may not be empty`)]
      return isDns1123Subdomain(segment).map((message) => invalidValue(at, path, `segment[${position}]: ${message}`))
    }),
  ]
}
