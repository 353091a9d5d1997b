/** Charts as artifacts of a registry: pushed, pulled, listed. */
import { compareVersions, parseVersion } from '#template/semver/version.ts'
import { parseConstraints, satisfies } from '#template/semver/constraint.ts'
import { loadArchive } from '../chart/load.ts'
import type { Metadata } from '../chart/types.ts'
import { metadataJson } from '../release/encode.ts'
import { versionOf } from '../repository/index-file.ts'
import { type Downloaded, maxChartBytes, maxProvenanceBytes } from '../repository/types.ts'
import type { Invocation } from '../types.ts'
import { digestOf, parseReference, Registry } from './client.ts'

const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const configType = 'application/vnd.cncf.helm.config.v1+json'
const chartType = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'
const provenanceType = 'application/vnd.cncf.helm.chart.provenance.v1.prov'
const maxTags = 100_000

export function registryFor({ flags, settings, session }: Invocation, host: string): Registry {
  const text = (name: string): string => (flags.has(name) ? flags.string(name) : '')
  return new Registry(host, {
    plainHttp: flags.has('plain-http') && flags.bool('plain-http'),
    credentialsFile: settings.registryConfig,
    env: session.env,
    cwd: session.cwd,
    username: text('username'),
    password: text('password'),
    caFile: text('ca-file'),
    certFile: text('cert-file'),
    keyFile: text('key-file'),
    insecureSkipTlsVerify: flags.has('insecure-skip-tls-verify') && flags.bool('insecure-skip-tls-verify'),
  })
}

/** Versions, newest first. */
export async function tagsOf(invocation: Invocation, reference: string): Promise<string[]> {
  const { host, repository } = parseReference(reference)
  const registry = registryFor(invocation, host)
  const tags: string[] = []
  let path: string | undefined = `${repository}/tags/list`
  while (path && tags.length < maxTags) {
    const { body, headers, url } = await registry.succeed('GET', path)
    tags.push(...(JSON.parse(body.toString('utf8')).tags ?? []))
    const next = /<([^>]+)>;\s*rel="next"/.exec(String(headers.link ?? ''))?.[1]
    path = next ? String(new URL(next, url)) : undefined
  }
  const versions = tags.map((tag) => tag.replaceAll('_', '+')).filter((tag) => versionOf(tag))
  return versions.sort((a, b) => compareVersions(parseVersion(b), parseVersion(a)))
}

async function tagFor(invocation: Invocation, reference: string, version: string): Promise<string> {
  const { tag, digest } = parseReference(reference)
  if (tag !== '') {
    if (version !== '' && version.replaceAll('+', '_') !== tag) throw new Error(`chart reference and version mismatch: ${version} is not ${tag}`)
    return tag
  }
  if (digest !== '') return ''
  if (version !== '' && versionOf(version)) return version.replaceAll('+', '_')
  const constraints = parseConstraints(version === '' ? '*' : version)
  const all = await tagsOf(invocation, reference)
  const found = all.find((each) => satisfies(constraints, parseVersion(each)))
  if (!found)
    throw new Error(
      all.length === 0
        ? `unable to locate any tags in provided repository: ${reference}`
        : `could not locate a version matching provided version string ${version}`,
    )
  return found.replaceAll('+', '_')
}

interface Pulled {
  readonly registry: Registry
  readonly repository: string
  readonly tag: string
  readonly manifest: any
  readonly digest: string
  /** The reference, for people. */
  readonly told: string
}

/** The manifest of a reference, which has to be the one that its digest names. */
export async function pullManifest(invocation: Invocation, reference: string, version: string): Promise<Pulled> {
  const { host, repository, digest } = parseReference(reference)
  const tag = await tagFor(invocation, reference, version)
  const registry = registryFor(invocation, host)
  const told = `${host}/${repository}${tag === '' ? `@${digest}` : `:${tag}`}`
  const answer = await registry
    .succeed('GET', `${repository}/manifests/${digest || tag}`, { headers: { accept: manifestType }, missing: told })
    .catch((error) => {
      throw new Error(`failed to perform "FetchReference" on source: ${error.message}`, { cause: error })
    })
  const actual = digestOf(answer.body)
  if (digest !== '' && digest !== actual) throw new Error(`the registry sent another manifest than ${digest}`)
  const manifest = JSON.parse(answer.body.toString('utf8'))
  if (typeof manifest !== 'object' || manifest === null || !Array.isArray(manifest.layers ?? [])) throw new Error(`the manifest of ${reference} is none`)
  return { registry, repository, tag, manifest, digest: actual, told }
}

/** `toldTimes`: how often it is told that a chart with its signature was pulled. */
export async function pullChart(
  invocation: Invocation,
  reference: string,
  version: string,
  { withProvenance, toldTimes }: { readonly withProvenance: boolean; readonly toldTimes: number },
): Promise<Downloaded> {
  const { registry, repository, tag, manifest, digest, told } = await pullManifest(invocation, reference, version)
  if (manifest.config?.mediaType !== configType) throw new Error(`could not load config with mediatype ${configType}: the artifact at ${reference} is no chart`)
  const layerOf = (type: string): any => (manifest.layers ?? []).find((each: any) => each?.mediaType === type)
  const layer = layerOf(chartType)
  if (!layer) throw new Error(`manifest does not contain a layer with mediatype ${chartType}`)
  const config = JSON.parse((await registry.blob(repository, manifest.config, 1 << 20)).toString('utf8'))
  const bytes = await registry.blob(repository, layer, maxChartBytes)
  const proof = withProvenance ? layerOf(provenanceType) : undefined
  invocation.out(`Pulled: ${told}\nDigest: ${digest}\n`.repeat(proof ? toldTimes : 1))
  const named = tag.replaceAll('_', '+') || String(config.version ?? '')
  return {
    name: `${repository.split('/').at(-1)}-${named}.tgz`,
    bytes,
    url: tag === '' || reference.includes(`:${tag}`) ? reference : `${reference}:${tag}`,
    ...(proof ? { provenance: await registry.blob(repository, proof, maxProvenanceBytes) } : {}),
  }
}

function annotationsOf({ name, version, description, home, sources, maintainers, annotations }: Metadata, created: string): Record<string, string> {
  const people = maintainers.map((each) => each.name + (each.email ? ` (${each.email})` : '')).join(', ')
  const own: Record<string, string> = {
    'org.opencontainers.image.authors': people,
    'org.opencontainers.image.created': created,
    'org.opencontainers.image.description': description,
    'org.opencontainers.image.source': sources[0] ?? '',
    'org.opencontainers.image.title': name,
    'org.opencontainers.image.url': home,
    'org.opencontainers.image.version': version,
  }
  const fixed = ['org.opencontainers.image.version', 'org.opencontainers.image.title']
  for (const [key, value] of Object.entries(annotations)) if (!fixed.includes(key)) own[key] = value
  return Object.fromEntries(
    Object.entries(own)
      .filter(([, value]) => value.trim() !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** `remote` is the folder of the registry: the chart's name and version are added to it. */
export async function pushChart(invocation: Invocation, bytes: Buffer, file: string, remote: string, provenance?: Buffer): Promise<void> {
  const { metadata } = await loadArchive(bytes, file)
  const { host, repository, tag } = parseReference(`${remote.replace(/\/+$/, '')}/${metadata.name}:${metadata.version}`)
  const registry = registryFor(invocation, host)
  const config = Buffer.from(metadataJson(metadata))
  const parts = [{ mediaType: chartType, bytes }, ...(provenance ? [{ mediaType: provenanceType, bytes: provenance }] : [])]
  const describe = (mediaType: string, of: Buffer): object => ({ mediaType, digest: digestOf(of), size: of.length })
  const created = new Date().toISOString().replace(/\.\d+/, '')
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: describe(configType, config),
      layers: parts.map(({ mediaType, bytes: of }) => describe(mediaType, of)),
      annotations: annotationsOf(metadata, created),
    }),
  )
  // Whether it is there already is asked of the manifest first: so the first error is about it.
  if (!(await registry.exists(`${repository}/manifests/${digestOf(manifest)}`)))
    for (const part of [config, ...parts.map((each) => each.bytes)]) await registry.pushBlob(repository, part)
  await registry.succeed('PUT', `${repository}/manifests/${tag}`, { headers: { 'content-type': manifestType }, body: manifest })
  invocation.out(`Pushed: ${host}/${repository}:${tag}\nDigest: ${digestOf(manifest)}\n`)
}
