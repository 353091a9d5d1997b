/** Validation of the sources of a projected volume. */
import { internalForm } from '#api/internal-form.ts'
import { LabelSelectorSchema } from '#apimachinery/gen/meta-v1.ts'
import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported, required } from '#apimachinery/field-error.ts'
import { isQualifiedName, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type {
  ClusterTrustBundleProjection,
  ConfigMapProjection,
  PodCertificateProjection,
  SecretProjection,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from '#api/gen/core/v1.ts'
import type { PodSpecOptions } from './options.ts'
import { complaints, requiredText } from '../../../checks.ts'
import { validateLabelSelector } from '../../../meta/labels.ts'
import { validateSignerName } from '../validate-signer-name.ts'
import { localPath, validateDownwardFile, validateItem } from './validate-volume-files.ts'

const minExpirationSeconds = 10 * 60
const maxExpirationSeconds = 2 ** 32

/** `at` is the volume's, for it is there that upstream tells of paths that two sources write to. */
export function validateProjections(sources: readonly VolumeProjection[], at: FieldPath, options: PodSpecOptions): FieldError[] {
  const paths = new Set<string>()
  const taken = (path: string | undefined, value: unknown): FieldError[] => {
    if (path === undefined) return []
    if (paths.has(path)) return [invalidValue(at, value, 'conflicting duplicate paths')]
    paths.add(path)
    return []
  }
  return sources.flatMap((source, position) => {
    const here = at.child('sources').index(position)
    const errors: FieldError[] = []
    for (const key of ['secret', 'configMap'] as const) if (source[key]) errors.push(...validateKeyed(source[key], here.child(key), taken))
    for (const file of source.downwardAPI?.items ?? [])
      errors.push(...validateDownwardFile(file, here.child('downwardAPI')), ...taken(file.path || undefined, file.path))
    if (source.serviceAccountToken) errors.push(...validateToken(source.serviceAccountToken, here.child('serviceAccountToken'), at, options))
    if (source.clusterTrustBundle) {
      const { path } = source.clusterTrustBundle
      errors.push(...validateTrustBundle(source.clusterTrustBundle, here.child('clusterTrustBundle')), ...taken(path ?? '', path ?? ''))
    }
    if (source.podCertificate) errors.push(...validatePodCertificate(source.podCertificate, here.child('podCertificate'), taken))
    const given = Object.values(source).filter((each) => each !== undefined).length
    return given > 1 ? [...errors, forbiddenField(here, 'may not specify more than 1 volume type per source')] : errors
  })
}

type Taken = (path: string | undefined, value: unknown) => FieldError[]

function validateKeyed({ name, items }: SecretProjection | ConfigMapProjection, at: FieldPath, taken: Taken): FieldError[] {
  return [
    ...requiredText(at.child('name'), name),
    ...(items ?? []).flatMap((item, position) => [...validateItem(item, at.child('items').index(position)), ...taken(item.path || undefined, name ?? '')]),
  ]
}

/** The path of a token is told of at the volume, not at its source. */
function validateToken(
  { expirationSeconds = 0, path }: ServiceAccountTokenProjection,
  at: FieldPath,
  volumeAt: FieldPath,
  { tolerates }: PodSpecOptions,
): FieldError[] {
  const errors: FieldError[] = []
  const here = at.child('expirationSeconds')
  if (expirationSeconds < minExpirationSeconds) errors.push(invalidValue(here, expirationSeconds, 'may not specify a duration less than 10 minutes'))
  if (expirationSeconds > maxExpirationSeconds) errors.push(invalidValue(here, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'))
  if (!path) return [...errors, required(volumeAt.child('path'))]
  return tolerates('tokenPath') ? errors : [...errors, ...localPath(volumeAt.child('path'), path)]
}

function validateTrustBundle(bundle: ClusterTrustBundleProjection, at: FieldPath): FieldError[] {
  const { name, signerName, labelSelector, path } = bundle
  const errors: FieldError[] = []
  if (name !== undefined && signerName !== undefined) errors.push(invalidValue(at, bundle, 'only one of name and signerName may be used'))
  else if (name !== undefined) {
    if (name === '') errors.push(required(at.child('name'), 'must be a valid object name'))
    const messages = trustBundleName(name).map((message) => `not a valid clustertrustbundlename: ${message}`)
    errors.push(...complaints(at.child('name'), name, messages))
    if (labelSelector)
      errors.push(invalidValue(at.child('labelSelector'), internalForm(LabelSelectorSchema, labelSelector), 'labelSelector must be unset if name is specified'))
  } else if (signerName !== undefined) {
    if (signerName === '') errors.push(required(at.child('signerName'), 'must be a valid signer name'))
    errors.push(...validateSignerName(signerName, at.child('signerName')), ...validateLabelSelector(labelSelector, at.child('labelSelector')))
  } else errors.push(required(at, 'either name or signerName must be specified'))
  return [...errors, ...requiredText(at.child('path'), path), ...localPath(at.child('path'), path)]
}

/** "signer:domain:part:name" is of the signer "signer:domain/part"; any other is a name like all others. */
function trustBundleName(name: string): string[] {
  return nameIsDnsSubdomain(name.slice(name.lastIndexOf(':') + 1), false)
}

const keyTypes = ['RSA3072', 'RSA4096', 'ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519']
const minCertificateSeconds = 60 * 60
const maxCertificateSeconds = 91 * 24 * 60 * 60

function validatePodCertificate(certificate: PodCertificateProjection, at: FieldPath, taken: Taken): FieldError[] {
  const { signerName, keyType, maxExpirationSeconds: seconds, userAnnotations } = certificate
  const errors = validateSignerName(signerName ?? '', at.child('signerName'))
  if (!keyTypes.includes(keyType ?? '')) errors.push(notSupported(at.child('keyType'), keyType ?? '', keyTypes))
  if (seconds !== undefined && (seconds < minCertificateSeconds || seconds > maxCertificateSeconds)) {
    const bound = seconds < minCertificateSeconds ? `>= ${minCertificateSeconds}` : `<= ${maxCertificateSeconds}`
    errors.push(invalidValue(at.child('maxExpirationSeconds'), seconds, `if provided, maxExpirationSeconds must be ${bound}`))
  }
  const given = (['credentialBundlePath', 'keyPath', 'certificateChainPath'] as const).filter((key) => certificate[key])
  if (given.length === 0) errors.push(required(at, 'specify at least one of credentialBundlePath, keyPath, and certificateChainPath'))
  for (const key of given) errors.push(...localPath(at.child(key), certificate[key]), ...taken(certificate[key], certificate[key]))
  for (const key of Object.keys(userAnnotations ?? {})) errors.push(...complaints(at.child('userAnnotations'), key, isQualifiedName(key.toLowerCase())))
  return errors
}
