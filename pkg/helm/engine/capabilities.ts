/** What templates may ask about the cluster and about Helm: .Capabilities. */
import { goFunction } from '#template/exec/signature.ts'
import { printValue } from '#template/print/print.ts'
import { quote } from '#template/print/quote.ts'
import { GoObject, type GoFunction, type Value } from '#template/types.ts'
import { ofType } from '#template/values.ts'

export interface KubeVersionFacts {
  /** "v1.36.0", with the suffixes that a distribution gives it. */
  readonly version: string
  readonly normalized: string
  readonly major: string
  readonly minor: string
}

/** Throws with the message of k8s.io/apimachinery's ParseGeneric. */
export function parseKubeVersion(text: string): KubeVersionFacts {
  const match = /^\s*v?([0-9]+(?:\.[0-9]+)*)(.*)*$/.exec(text)
  if (!match) throw new Error(`could not parse ${quote(text)} as version`)
  const parts = match[1]!.split('.')
  if (parts.length < 2) throw new Error(`illegal version string ${quote(text)}`)
  for (const part of parts) if (/^0[0-9]/.test(part)) throw new Error(`illegal zero-prefixed version component ${quote(part)} in ${quote(text)}`)
  while (parts.length < 3) parts.push('0')
  return { version: text.startsWith('v') ? text : `v${text}`, normalized: `v${parts.join('.')}`, major: parts[0]!, minor: parts[1]! }
}

class KubeVersion extends GoObject {
  readonly typeName = 'common.KubeVersion'
  readonly facts: KubeVersionFacts
  constructor(facts: KubeVersionFacts) {
    super()
    this.facts = facts
  }
  override field(name: string): Value {
    return name === 'Version' ? this.facts.version : name === 'Major' ? this.facts.major : name === 'Minor' ? this.facts.minor : undefined
  }
  override method(name: string): GoFunction | undefined {
    if (name === 'String') return goFunction('', () => this.facts.normalized)
    return name === 'GitVersion' ? goFunction('', () => this.facts.version) : undefined
  }
  override print(): string {
    const { version, normalized, major, minor } = this.facts
    return `{${version} ${normalized} ${major} ${minor}}`
  }
  override display(): string {
    return this.facts.normalized
  }
  override jsonFields(): readonly (readonly [string, Value])[] {
    return [
      ['Version', this.facts.version],
      ['Major', this.facts.major],
      ['Minor', this.facts.minor],
    ]
  }
}

class VersionSet extends GoObject {
  readonly typeName = 'common.VersionSet'
  override readonly kind = 'slice'
  readonly #versions: readonly string[]
  readonly #list: string[]
  constructor(versions: readonly string[]) {
    super()
    this.#versions = versions
    this.#list = ofType('[]string', [...versions])
  }
  override method(name: string): GoFunction | undefined {
    return name === 'Has' ? goFunction('string', (version: string) => this.#versions.includes(version)) : undefined
  }
  override print(): string {
    return printValue(this.#list)
  }
  override json(): Value {
    return this.#list
  }
  override underlying(): Value {
    return this.#list
  }
}

export interface HelmVersionFacts {
  readonly version: string
  readonly gitCommit: string
  readonly gitTreeState: string
  readonly goVersion: string
  readonly kubeClientVersion: string
}

class HelmVersion extends GoObject {
  readonly typeName = 'version.BuildInfo'
  readonly #facts: HelmVersionFacts
  constructor(facts: HelmVersionFacts) {
    super()
    this.#facts = facts
  }
  override field(name: string): Value {
    const { version, gitCommit, gitTreeState, goVersion, kubeClientVersion } = this.#facts
    const fields: Readonly<Record<string, string>> = {
      Version: version,
      GitCommit: gitCommit,
      GitTreeState: gitTreeState,
      GoVersion: goVersion,
      KubeClientVersion: kubeClientVersion,
    }
    return Object.hasOwn(fields, name) ? fields[name] : undefined
  }
  override print(): string {
    return `{${Object.values(this.#facts).join(' ')}}`
  }
  override jsonFields(): readonly (readonly [string, Value])[] {
    const { version, gitCommit, gitTreeState, goVersion, kubeClientVersion } = this.#facts
    const fields: [string, string][] = [
      ['version', version],
      ['git_commit', gitCommit],
      ['git_tree_state', gitTreeState],
      ['go_version', goVersion],
    ]
    return [...fields.filter(([, value]) => value !== ''), ['kube_client_version', kubeClientVersion]]
  }
}

export interface CapabilityFacts {
  readonly kubeVersion: KubeVersionFacts
  readonly apiVersions: readonly string[]
  readonly helm: HelmVersionFacts
}

/** *common.Capabilities. */
export class Capabilities extends GoObject {
  readonly typeName = '*common.Capabilities'
  override readonly kind = 'ptr'
  readonly #kubeVersion: KubeVersion
  readonly #apiVersions: VersionSet
  readonly #helm: HelmVersion
  constructor(facts: CapabilityFacts) {
    super()
    this.#kubeVersion = new KubeVersion(facts.kubeVersion)
    this.#apiVersions = new VersionSet(facts.apiVersions)
    this.#helm = new HelmVersion(facts.helm)
  }
  override field(name: string): Value {
    return name === 'KubeVersion' ? this.#kubeVersion : name === 'APIVersions' ? this.#apiVersions : name === 'HelmVersion' ? this.#helm : undefined
  }
  override print(): string {
    return `&${this.display()}`
  }
  override display(): string {
    return `{${this.#kubeVersion.print()} ${this.#apiVersions.print()} ${this.#helm.print()}}`
  }
  override jsonFields(): readonly (readonly [string, Value])[] {
    return [
      ['KubeVersion', this.#kubeVersion],
      ['APIVersions', this.#apiVersions],
      ['HelmVersion', this.#helm],
    ]
  }
}

/** As Helm 4.2 tells of itself; templates ask for it to know what they may use. */
export const helmVersion: HelmVersionFacts = { version: 'v4.2', gitCommit: '', gitTreeState: '', goVersion: 'go1.26.8', kubeClientVersion: 'v1.36' }

/** What client-go 1.36 knows, which Helm takes without a cluster. */
export const knownApiVersions: readonly string[] = [
  'v1',
  'admissionregistration.k8s.io/v1',
  'admissionregistration.k8s.io/v1alpha1',
  'admissionregistration.k8s.io/v1beta1',
  'internal.apiserver.k8s.io/v1alpha1',
  'apps/v1',
  'apps/v1beta1',
  'apps/v1beta2',
  'authentication.k8s.io/v1',
  'authentication.k8s.io/v1alpha1',
  'authentication.k8s.io/v1beta1',
  'authorization.k8s.io/v1',
  'authorization.k8s.io/v1beta1',
  'autoscaling/v1',
  'autoscaling/v2',
  'batch/v1',
  'batch/v1beta1',
  'certificates.k8s.io/v1',
  'certificates.k8s.io/v1beta1',
  'certificates.k8s.io/v1alpha1',
  'coordination.k8s.io/v1alpha2',
  'coordination.k8s.io/v1beta1',
  'coordination.k8s.io/v1',
  'discovery.k8s.io/v1',
  'discovery.k8s.io/v1beta1',
  'events.k8s.io/v1',
  'events.k8s.io/v1beta1',
  'extensions/v1beta1',
  'flowcontrol.apiserver.k8s.io/v1',
  'flowcontrol.apiserver.k8s.io/v1beta1',
  'flowcontrol.apiserver.k8s.io/v1beta2',
  'flowcontrol.apiserver.k8s.io/v1beta3',
  'networking.k8s.io/v1',
  'networking.k8s.io/v1beta1',
  'node.k8s.io/v1',
  'node.k8s.io/v1alpha1',
  'node.k8s.io/v1beta1',
  'policy/v1',
  'policy/v1beta1',
  'rbac.authorization.k8s.io/v1',
  'rbac.authorization.k8s.io/v1beta1',
  'rbac.authorization.k8s.io/v1alpha1',
  'resource.k8s.io/v1',
  'resource.k8s.io/v1beta2',
  'resource.k8s.io/v1beta1',
  'resource.k8s.io/v1alpha3',
  'scheduling.k8s.io/v1alpha2',
  'scheduling.k8s.io/v1beta1',
  'scheduling.k8s.io/v1',
  'storage.k8s.io/v1beta1',
  'storage.k8s.io/v1',
  'storage.k8s.io/v1alpha1',
  'storagemigration.k8s.io/v1beta1',
  'apiextensions.k8s.io/v1beta1',
  'apiextensions.k8s.io/v1',
]

export const defaultKubeVersion: KubeVersionFacts = parseKubeVersion('v1.36.0')
