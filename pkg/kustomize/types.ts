/** What a kustomization.yaml may say (kustomize.config.k8s.io/v1beta1 Kustomization, v1alpha1 Component). */

export interface Gvk {
  readonly group?: string
  readonly version?: string
  readonly kind?: string
}

/** Which fields of which kinds: "spec/template/metadata/labels"; a slash in a key is written `\/`. */
export interface FieldSpec extends Gvk {
  readonly path: string
  readonly create?: boolean
}

/** Fields (`fieldSpecs`) that hold the name of an object of this kind. */
export interface NameBackReference extends Gvk {
  readonly fieldSpecs: readonly FieldSpec[]
}

/** Every part is a regular expression, anchored at both ends. */
export interface TargetPattern extends Gvk {
  readonly name?: string
  readonly namespace?: string
  readonly annotationSelector?: string
  readonly labelSelector?: string
}

export interface PatchEntry {
  readonly path?: string
  readonly patch?: string
  readonly target?: TargetPattern
  readonly options?: { readonly allowNameChange?: boolean; readonly allowKindChange?: boolean }
}

export interface GeneratorOptions {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly disableNameSuffixHash?: boolean
  readonly immutable?: boolean
}

export interface GeneratorArgs {
  readonly name?: string
  readonly namespace?: string
  readonly behavior?: string
  readonly literals?: readonly string[]
  readonly files?: readonly string[]
  readonly envs?: readonly string[]
  readonly env?: string
  readonly options?: GeneratorOptions
  /** Of Secrets alone. */
  readonly type?: string
}

export interface ImageEntry {
  readonly name: string
  readonly newName?: string
  readonly newTag?: string
  readonly tagSuffix?: string
  readonly digest?: string
}

export interface LabelEntry {
  readonly pairs?: Readonly<Record<string, string>>
  readonly includeSelectors?: boolean
  readonly includeTemplates?: boolean
  readonly includeVolumeClaimTemplates?: boolean
  readonly fields?: readonly FieldSpec[]
}

export interface FieldOptions {
  readonly delimiter?: string
  readonly index?: number
  readonly create?: boolean
}

export interface Replacement {
  readonly source?: Gvk & { readonly name?: string; readonly namespace?: string; readonly fieldPath?: string; readonly options?: FieldOptions }
  readonly sourceValue?: string
  readonly targets?: readonly {
    readonly select?: TargetPattern
    readonly reject?: readonly TargetPattern[]
    readonly fieldPaths?: readonly string[]
    readonly options?: FieldOptions
  }[]
}

export interface Variable {
  readonly name: string
  readonly objref: Gvk & { readonly apiVersion?: string; readonly name: string; readonly namespace?: string }
  readonly fieldref?: { readonly fieldPath?: string }
}

export interface SortOptions {
  readonly order?: string
  readonly legacySortOptions?: { readonly orderFirst?: readonly string[]; readonly orderLast?: readonly string[] }
}

/** Of all charts of a kustomization: where charts lie, and helm's own files. */
export interface HelmGlobals {
  readonly chartHome?: string
  readonly configHome?: string
}

export interface HelmChart {
  readonly name?: string
  readonly version?: string
  readonly repo?: string
  readonly releaseName?: string
  readonly namespace?: string
  readonly additionalValuesFiles?: readonly string[]
  readonly valuesFile?: string
  readonly valuesInline?: Readonly<Record<string, unknown>>
  readonly valuesMerge?: string
  readonly includeCRDs?: boolean
  readonly skipHooks?: boolean
  readonly apiVersions?: readonly string[]
  readonly kubeVersion?: string
  readonly nameTemplate?: string
  readonly skipTests?: boolean
  readonly debug?: boolean
  readonly devel?: boolean
}

export interface Kustomization {
  readonly apiVersion: string
  readonly kind: string
  readonly openapi?: Readonly<Record<string, string>>
  readonly namePrefix?: string
  readonly nameSuffix?: string
  readonly namespace?: string
  readonly commonLabels?: Readonly<Record<string, string>>
  readonly labels?: readonly LabelEntry[]
  readonly commonAnnotations?: Readonly<Record<string, string>>
  readonly patchesStrategicMerge?: readonly string[]
  readonly patchesJson6902?: readonly PatchEntry[]
  readonly patches?: readonly PatchEntry[]
  readonly images?: readonly ImageEntry[]
  readonly replacements?: readonly (Replacement & { readonly path?: string })[]
  readonly replicas?: readonly { readonly name: string; readonly count: number }[]
  readonly vars?: readonly Variable[]
  readonly sortOptions?: SortOptions
  readonly resources?: readonly string[]
  readonly components?: readonly string[]
  readonly crds?: readonly string[]
  readonly configMapGenerator?: readonly GeneratorArgs[]
  readonly secretGenerator?: readonly GeneratorArgs[]
  readonly helmGlobals?: HelmGlobals
  readonly helmCharts?: readonly HelmChart[]
  readonly generatorOptions?: GeneratorOptions
  readonly configurations?: readonly string[]
  readonly generators?: readonly string[]
  readonly transformers?: readonly string[]
  readonly validators?: readonly string[]
  readonly buildMetadata?: readonly string[]
}
