/** Validation of what is for containers on Windows alone. */
import { type FieldError, type FieldPath, invalidValue } from '#apimachinery/field-error.ts'
import { isDns1123Subdomain } from '#apimachinery/names.ts'
import type { PodSpec, WindowsSecurityContextOptions } from '#api/gen/core/v1.ts'
import { complaints } from '../../../checks.ts'
import { containersWithPaths } from './containers-with-paths.ts'

const maxCredentialKiB = 64
const maxDomainLength = 256
const maxUserLength = 104

export function validateWindowsOptions(options: WindowsSecurityContextOptions | undefined, at: FieldPath): FieldError[] {
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options ?? {}
  const errors =
    gmsaCredentialSpecName === undefined
      ? []
      : complaints(at.child('gmsaCredentialSpecName'), gmsaCredentialSpecName, isDns1123Subdomain(gmsaCredentialSpecName))
  const specAt = at.child('gmsaCredentialSpec')
  if (gmsaCredentialSpec === '') errors.push(invalidValue(specAt, '', 'gmsaCredentialSpec cannot be an empty string'))
  else if (Buffer.byteLength(gmsaCredentialSpec ?? '') > maxCredentialKiB * 1024)
    errors.push(invalidValue(specAt, gmsaCredentialSpec, `gmsaCredentialSpec size must be under ${maxCredentialKiB} KiB`))
  if (runAsUserName === undefined) return errors
  return [...errors, ...complaints(at.child('runAsUserName'), runAsUserName, userName(runAsUserName))]
}

const controls = /[\u0000-\u001f\u007f]/
const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/
const dnsLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
const dnsDomain = new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`)

/** DOMAIN\USER, or USER alone. */
function userName(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string']
  if (controls.test(name)) return ['runAsUserName cannot contain control characters']
  const parts = name.split('\\')
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash']
  const user = parts.at(-1)!
  const domain = parts.length === 2 ? parts[0]! : undefined
  const messages: string[] = []
  if ((domain ?? '').length >= maxDomainLength) messages.push(`runAsUserName's Domain length must be under ${maxDomainLength} characters`)
  if (domain !== undefined && !netBios.test(domain) && !dnsDomain.test(domain))
    messages.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
  if (user === '') messages.push("runAsUserName's User cannot be empty")
  else if (user.length > maxUserLength) messages.push(`runAsUserName's User length must not be longer than ${maxUserLength} characters`)
  if (/^[. ]+$/.test(user)) messages.push("runAsUserName's User cannot contain only periods or spaces")
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) messages.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]')
  return messages
}

/** Containers that are processes of the host: all of them, or none (KEP-1981). */
export function validateHostProcesses(spec: PodSpec, at: FieldPath): FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess
  const errors: FieldError[] = []
  const all = containersWithPaths(spec, at)
  const hostProcesses = all.filter(({ container, at: here }) => {
    const own = container.securityContext?.windowsOptions?.hostProcess
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const hostProcessAt = here.child('securityContext', 'windowsOptions', 'hostProcess')
      errors.push(invalidValue(hostProcessAt, own, `pod hostProcess value must be identical if both are specified, was ${ofPod}`))
    }
    return own ?? ofPod ?? false
  })
  if (hostProcesses.length === 0) return errors
  if (hostProcesses.length !== all.length)
    errors.push(invalidValue(at, '', 'If pod contains any hostProcess containers then all containers must be HostProcess containers'))
  if (!spec.hostNetwork) errors.push(invalidValue(at.child('hostNetwork'), false, 'hostNetwork must be true if pod contains any hostProcess containers'))
  return errors
}
