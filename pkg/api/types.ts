/**
 * What a kind is to the API server: one definition a kind and version, interpreted by the one registry.
 *
 * Hooks work on objects in JSON form. `defaults`, `prepareFor…` mutate the object they are given (it is the
 * caller's own copy); the others must not.
 */
import type { FieldError } from '#apimachinery/field-error.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import type { MergeType } from '#apimachinery/patch/apply/merge-type.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'

export interface StrategyContext {
  /** Seconds resolution is the caller's business; milliseconds since the epoch. */
  readonly now: number
  readonly user?: string
  /** The rest of who asks: a CertificateSigningRequest records it. */
  readonly identity?: { readonly uid?: string; readonly groups: readonly string[]; readonly extra?: Readonly<Record<string, readonly string[]>> }
  readonly namespace?: string
  /** "", "status", "scale", "resize", "ephemeralcontainers" … */
  readonly subresource?: string
  readonly featureGates?: ReadonlySet<string>
  /** Of the namespace that the object is in; undefined where it is not there. For kinds that say `readsNamespace`. */
  readonly namespaceLabels?: () => Readonly<Record<string, string>> | undefined
  /** What a strategy that changes the object warns of while it does. */
  readonly warn?: (text: string) => void
}

export interface TableColumn<T> {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  /** "name" marks the object's name. */
  readonly format?: string
  readonly description: string
  /** 0: always shown; 1: with -o wide. */
  readonly priority: number
  /** Upstream gives the cell without naming it among its columns. */
  readonly unnamed?: true
  /** The cell; ages are shown as "5d", "<unknown>" when absent (use `#api/ages.ts`). */
  readonly cell: (object: T, now: number) => unknown
}

/** What is looked at when an object is changed: its metadata as a change, its metadata as a whole, the kind's rules, its rules for changes. */
export type Look = 'metadata-change' | 'metadata' | 'rules' | 'changes'

/** What a write through one door (the object itself, or a subresource) may change, and how it is checked. */
export interface UpdateStrategy<T> {
  /** Copies back from `old` what this door may not change (status on the main door, spec on the status door). */
  readonly prepare?: (object: T, old: T, context: StrategyContext) => void
  readonly validate?: (object: T, old: T, context: StrategyContext) => FieldError[]
  /** Rules of the change alone, for a door that `looks` at 'changes' after something else. */
  readonly validateChange?: (object: T, old: T) => FieldError[]
  /**
   * In which order upstream's strategy looks, beside what the registry has found in the metadata: causes come in this order, as often as
   * they are found. Default: `['metadata-change', 'rules']`.
   */
  readonly looks?: readonly Look[]
  readonly warnings?: (object: T, old: T, context: StrategyContext) => string[]
  /** Fields that a write through this door makes no one's (upstream: GetResetFields). Default: status at the main door of a kind that has it, spec at /status. */
  readonly resets?: readonly (readonly string[])[]
}

export interface ScaleMapping<T> {
  readonly specReplicas: (object: T) => number
  readonly statusReplicas: (object: T) => number
  /** Label selector in string form. */
  readonly selector: (object: T) => string
  readonly setReplicas: (object: T, replicas: number) => void
  /** Whether the wish is there at all; default: always. */
  readonly hasReplicas?: (object: T) => boolean
  /** Where the wish is; default spec.replicas. */
  readonly replicasPath?: readonly string[]
}

/** What stands in for the schema where users define it. */
export interface CustomKind {
  readonly listKind: string
  /** Prunes what the schema does not know; the fields pruned are the strict errors. Throws DecodeError when it is no object of the kind. */
  readonly decode: (
    value: unknown,
    /** Nulls stay where the schema has no place for them: what was applied is validated with them. */
    keepsNulls?: boolean,
  ) => { readonly object: KubeObject; readonly strictErrors: readonly string[] }
  readonly mergeType: MergeType
  /** The kind's own OpenAPI schema, and whatever decides it as text. */
  readonly openApi: (dialect: 'v2' | 'v3') => Record<string, unknown>
  readonly listSchema: StructSchema
  /** Present: other versions are a webhook's to convert, so that objects are converted before they are looked at. */
  readonly convert?: (objects: readonly KubeObject[], apiVersion: string) => Promise<readonly KubeObject[]>
  readonly fingerprint: string
}

export interface ResourceDefinition<T extends KubeObject = any> {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly namespaced: boolean
  readonly schema: StructSchema
  /** Verbs served; default: create delete deletecollection get list patch update watch. */
  readonly verbs?: readonly string[]
  /** Where it is stored when not under its own group and plural ("events.k8s.io/events" live with "events"). */
  readonly storage?: {
    readonly group: string
    readonly version: string
    readonly plural: string
    readonly toStorage: (object: T) => KubeObject
    readonly fromStorage: (object: any) => T
  }

  /** What keeps upstream from converting an object to its internal type. */
  readonly unconvertible?: (object: T) => string | undefined
  readonly defaults?: (object: T) => void
  readonly create?: {
    /** Clears status, sets generation and what upstream's PrepareForCreate sets. */
    readonly prepare?: (object: T, context: StrategyContext) => void
    readonly validate?: (object: T, context: StrategyContext) => FieldError[]
    readonly warnings?: (object: T, context: StrategyContext) => string[]
  }
  readonly update?: UpdateStrategy<T>
  /** Present: the kind has /status, and the main door ignores status. */
  readonly status?: UpdateStrategy<T>
  readonly scale?: ScaleMapping<T>
  /** Further doors that write the same object: "resize", "ephemeralcontainers", "finalize", "approval". */
  readonly subresources?: Readonly<Record<string, UpdateStrategy<T>>>
  /** How names are checked; returns messages. Default: DNS-1123 subdomain. */
  readonly validateName?: (name: string, prefix: boolean) => string[]
  /** Its rules look at the labels of its namespace. */
  readonly readsNamespace?: boolean
  /** A PUT of a name that does not exist creates it. */
  readonly allowCreateOnUpdate?: boolean
  /** An update without resourceVersion is accepted. */
  readonly allowUnconditionalUpdate?: boolean
  /** Graceful deletion: the seconds to wait, or undefined to delete at once. Pods only, upstream. */
  readonly gracePeriodSeconds?: (object: T, requested: number | undefined) => number | undefined
  /** What garbage collection does by default; upstream: background, except ReplicationController, Job v1 … which orphan. */
  /** 'Unsupported': nothing depends on it, whatever is asked. */
  readonly defaultPropagation?: 'Orphan' | 'Background' | 'Unsupported'
  /** Said to who deletes without saying what becomes of dependents. */
  readonly defaultPropagationWarning?: string
  /** Finalizers set on creation beside the user's ("kubernetes" is spec's for namespaces). */
  readonly ttlSeconds?: number
  /** Beyond metadata.name and metadata.namespace. */
  readonly selectableFields?: (object: T) => Record<string, string>
  /** Label and field names of upstream's default columns; Name is always first, and given here too. */
  readonly columns?: readonly TableColumn<T>[]
  /** Upstream's tables list two kinds in an order of their own. */
  readonly tableOrder?: (a: T, b: T) => number
  /** Annotations that conversion to this version makes: none of the object's own, so that its metadata alone does not show them. */
  readonly convertedAnnotations?: readonly string[]
  /** What a row says beside its cells: that a pod is done. */
  readonly rowConditions?: (object: T) => readonly object[] | undefined
  /** Called once, when deletion is first asked for: may add finalizers and status. */
  readonly onDelete?: (object: T, now: number) => void
  /** Shown to all who use this version. */
  readonly deprecationWarning?: string
  /** Present: a custom resource, whose content `schema` does not describe. */
  readonly custom?: CustomKind
  /** Virtual kinds that are never stored (TokenReview, SubjectAccessReview …) are served by a handler elsewhere. */
  readonly virtual?: boolean
}

/** Generation goes up when what this says changed; helper for `prepare`. */
export type GenerationOf<T> = (object: T) => unknown
