/**
 * Writes the `gen/` folders from the API facts: `npm run generate -- PATH/api-facts-1.36.json`.
 * With `--check` nothing is written; the exit code says whether the generated files are up to date.
 */
import { mkdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

interface FactField {
  name: string | null
  goType: string
  inline?: boolean
  omitempty?: boolean
  optional?: boolean
  required?: boolean
  protobuf?: { wire: string; number: number; rule: string }
  listType?: string
  listMapKeys?: string[]
  mapType?: string
  structType?: string
  patchStrategy?: string
  patchMergeKey?: string
  default?: string
  featureGate?: string
  validation?: string[]
  unionDiscriminator?: boolean
}
interface FactType {
  fields?: FactField[]
  markers?: string[]
}
interface FactPackage {
  types: Record<string, FactType>
  aliases: Record<string, string>
  constants?: Record<string, string[]>
  enums?: string[]
  imports?: Record<string, string>
}

const args = process.argv.slice(2)
const check = args.includes('--check')
const factsPath = args.find((arg) => !arg.startsWith('--')) ?? '../shared/data/api-facts-1.36.json'
const packages: Record<string, FactPackage> = JSON.parse(readFileSync(factsPath, 'utf8')).packages

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const metaSkip = new Set(['MicroTime', 'Time', 'Timestamp', 'FieldsV1', 'Duration', 'Verbs', 'InternalEvent'])
/** Types with hand-written wire forms: what they are in the schema language and in TypeScript. */
const special: Record<string, readonly [schema: string, ts: string]> = {
  'k8s.io/apimachinery/pkg/api/resource.Quantity': ['s.quantity', 'string'],
  'k8s.io/apimachinery/pkg/util/intstr.IntOrString': ['s.intOrString', 'number | string'],
  'k8s.io/apimachinery/pkg/runtime.RawExtension': ['s.rawExtension', 'unknown'],
  'k8s.io/apimachinery/pkg/runtime.Object': ['s.rawExtension', 'unknown'],
  'k8s.io/apimachinery/pkg/types.UID': ['s.string', 'string'],
  'k8s.io/apimachinery/pkg/types.NodeName': ['s.string', 'string'],
  'k8s.io/apimachinery/pkg/apis/meta/v1.Time': ['s.time', 'string'],
  'k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime': ['s.microTime', 'string'],
  'k8s.io/apimachinery/pkg/apis/meta/v1.Duration': ['s.duration', 'string'],
  'k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1': ['s.fieldsV1', 'Record<string, unknown>'],
  'k8s.io/apimachinery/pkg/apis/meta/v1.Verbs': ['s.stringListMessage', 'string[]'],
}
const specialHere: Record<string, readonly [schema: string, ts: string]> = {
  ExtraValue: ['s.stringListMessage', 'string[]'],
  JSON: ['s.json', 'unknown'],
  JSONSchemaPropsOrArray: ['s.jsonSchemaPropsOrArray', 'JSONSchemaProps | JSONSchemaProps[]'],
  JSONSchemaPropsOrBool: ['s.jsonSchemaPropsOrBool', 'JSONSchemaProps | boolean'],
  JSONSchemaPropsOrStringArray: ['s.jsonSchemaPropsOrStringArray', 'JSONSchemaProps | string[]'],
}
const basic: Record<string, readonly [string, string]> = {
  string: ['s.string', 'string'],
  bool: ['s.boolean', 'boolean'],
  int32: ['s.int32', 'number'],
  int64: ['s.int64', 'number'],
  int: ['s.int64', 'number'],
  rune: ['s.int32', 'number'],
  float64: ['s.float64', 'number'],
  '[]byte': ['s.bytes', 'string'],
  'interface{}': ['s.json', 'unknown'],
  any: ['s.json', 'unknown'],
}

/** Import names that the facts leave out where a package has only one meaning for them. */
const wellKnownImports: Record<string, string> = {
  metav1: 'k8s.io/apimachinery/pkg/apis/meta/v1',
  v1: 'k8s.io/api/core/v1',
  corev1: 'k8s.io/api/core/v1',
  resource: 'k8s.io/apimachinery/pkg/api/resource',
  runtime: 'k8s.io/apimachinery/pkg/runtime',
}

/** Set on every stored object, so required in TypeScript although Go omits them when empty. */
const alwaysSet = new Set(['ObjectMeta.name', 'ObjectMeta.uid', 'ObjectMeta.resourceVersion'])

/** Fields without omitempty that validation lets be empty, although nothing marks them optional. */
const emptyable = new Set([
  'CSINodeSpec.drivers',
  'LimitRangeSpec.limits',
  'NodeAllocatableResourceClaimStatus.resources',
  'PodFailurePolicy.rules',
  'ScaleIOPersistentVolumeSource.secretRef',
  'ScaleIOVolumeSource.secretRef',
])

function outputOf(packageName: string): string | undefined {
  if (packageName === META) return 'pkg/apimachinery/gen/meta-v1.ts'
  const match = /^io\.k8s\.(?:api\.|apiextensions-apiserver\.pkg\.apis\.|kube-aggregator\.pkg\.apis\.|metrics\.pkg\.apis\.)([a-z]+)\.(v\w+)$/.exec(packageName)
  return match ? `pkg/api/gen/${match[1]}/${match[2]}.ts` : undefined
}
const goPathOf = (packageName: string): string => `k8s.io/${packageName.replace(/^io\.k8s\./, '').replaceAll('.', '/')}`
const packageByGoPath = new Map(Object.keys(packages).map((name) => [goPathOf(name), name]))

class PackageWriter {
  readonly name: string
  readonly facts: FactPackage
  readonly imports = new Map<string, string>()

  constructor(name: string, facts: FactPackage) {
    this.name = name
    this.facts = facts
  }

  /** The schema expression and the TypeScript type of a Go type as it stands in this package. */
  resolve(goType: string): readonly [schema: string, ts: string] {
    if (goType.startsWith('*')) return this.resolve(goType.slice(1))
    if (basic[goType]) return basic[goType]
    if (goType.startsWith('[]')) {
      const [schema, ts] = this.resolve(goType.slice(2))
      return [`s.list(${schema})`, ts.includes(' ') ? `(${ts})[]` : `${ts}[]`]
    }
    const asMap = /^map\[[\w.]+\](.+)$/.exec(goType)
    if (asMap) {
      const [schema, ts] = this.resolve(asMap[1]!)
      return [`s.map(${schema})`, `Record<string, ${ts}>`]
    }
    if (goType.includes('.')) {
      const [qualifier, type] = goType.split('.') as [string, string]
      const goPath = this.facts.imports?.[qualifier] ?? wellKnownImports[qualifier]
      if (goPath === undefined) throw new Error(`${this.name}: no import ${qualifier} for ${goType}`)
      const known = special[`${goPath}.${type}`]
      if (known) return known
      const target = packageByGoPath.get(goPath)
      if (target === undefined || target === this.name) return this.resolve(type)
      return this.foreign(target, type)
    }
    if (this.name === META && special[`k8s.io/apimachinery/pkg/apis/meta/v1.${goType}`]) return special[`k8s.io/apimachinery/pkg/apis/meta/v1.${goType}`]!
    if (specialHere[goType]) return specialHere[goType]
    if (this.facts.types[goType]) return [`${goType}Schema`, goType]
    const alias = this.facts.aliases[goType]
    if (alias === 'string') return [`${goType}Schema`, goType]
    if (alias !== undefined) return this.resolve(alias)
    throw new Error(`${this.name}: unknown type ${goType}`)
  }

  foreign(packageName: string, type: string): readonly [string, string] {
    const facts = packages[packageName]!
    const output = outputOf(packageName)
    if (!output) throw new Error(`${this.name}: no output for ${packageName}`)
    if (!facts.types[type] && facts.aliases[type] !== 'string') {
      const inner = new PackageWriter(packageName, facts)
      const [schema, ts] = inner.resolve(facts.aliases[type] ?? type)
      if (/Schema/.test(schema)) throw new Error(`${this.name}: ${packageName}.${type} is a composed alias`)
      return [schema, ts]
    }
    const identifier = output
      .replace(/^pkg\/api\/gen\//, '')
      .replace(/^pkg\/apimachinery\/gen\//, '')
      .replace(/\.ts$/, '')
      .replace(/[/-](\w)/g, (_, c: string) => c.toUpperCase())
    this.imports.set(identifier, output.replace(/^pkg\//, '#'))
    return [`${identifier}.${type}Schema`, `${identifier}.${type}`]
  }

  write(): string {
    const body: string[] = []
    const aliases = Object.entries(this.facts.aliases).filter(([name, type]) => type === 'string' && !specialHere[name])
    for (const [name] of aliases) {
      const values = this.facts.constants?.[name] ?? []
      const isEnum = this.facts.enums?.includes(name) ?? false
      body.push(`export type ${name} = ${values.length > 0 ? `${values.map((value) => JSON.stringify(value)).join(' | ')} | (string & {})` : 'string'}`)
      body.push(`const ${name}Schema = s.named(${JSON.stringify(name)}, ${JSON.stringify(values)}, ${isEnum}, ${JSON.stringify(this.name.split('.').at(-1))})`)
      body.push(`export { ${name}Schema }`)
    }
    for (const [name, type] of Object.entries(this.facts.types)) {
      if (!/^[A-Z]/.test(name) || specialHere[name] || (this.name === META && metaSkip.has(name))) continue
      body.push(this.writeType(name, type))
    }
    const imports = [...this.imports].sort().map(([identifier, path]) => `import * as ${identifier} from '${path}'`)
    return [
      `// Code generated by tools/generate-api.ts from the Kubernetes 1.36 API facts. DO NOT EDIT.`,
      `import * as s from '#apimachinery/schema/build.ts'`,
      `import type { StructSchema } from '#apimachinery/schema/types.ts'`,
      ...imports,
      '',
      ...body,
      '',
    ].join('\n')
  }

  writeType(name: string, type: FactType): string {
    const ts: string[] = []
    const bases: string[] = []
    const schema: string[] = []
    for (const field of type.fields ?? []) {
      if (field.name === '-' || field.name === undefined) continue
      const embeddedTypeMeta = field.name === null && /(^|\.)TypeMeta$/.test(field.goType)
      if (embeddedTypeMeta) {
        bases.push(this.resolve(field.goType)[1])
        schema.push(`    s.field('', 0, ${this.resolve(field.goType)[0]}, { inline: true }),`)
        continue
      }
      const [typeSchema, tsType] = this.resolve(field.goType)
      if (field.name === null) {
        bases.push(tsType)
        schema.push(`    s.field('', ${field.protobuf?.number ?? 0}, ${typeSchema}, { inline: true }),`)
        continue
      }
      const pointer = field.goType.startsWith('*')
      const byValueStruct = !pointer && /Schema$/.test(typeSchema) && !this.isString(field.goType)
      const optional = !byValueStruct && !alwaysSet.has(`${name}.${field.name}`) && (pointer || field.omitempty === true)
      const nullable =
        !field.omitempty && (pointer || /^s\.(list|map)\(/.test(typeSchema)) && (field.optional === true || emptyable.has(`${name}.${field.name}`))
      ts.push(`  ${/^[\w$]+$/.test(field.name) ? field.name : JSON.stringify(field.name)}${optional ? '?' : ''}: ${tsType}${nullable ? ' | null' : ''}`)
      schema.push(`    s.field(${JSON.stringify(field.name)}, ${field.protobuf?.number ?? 0}, ${typeSchema}${this.factsOf(field, pointer, nullable)}),`)
    }
    const markers = (type.markers ?? []).filter((marker) => !/deepcopy-gen|prerelease|protobuf|openapi-gen|k8s:conversion|protoc/.test(marker))
    const heritage = bases.length > 0 ? ` extends ${bases.join(', ')}` : ''
    return [
      `export interface ${name}${heritage} {`,
      ...ts,
      `}`,
      `export const ${name}Schema: StructSchema = s.struct('${this.name}.${name}', () => [`,
      ...schema,
      `  ]${markers.length > 0 ? `, ${JSON.stringify(markers)}` : ''})`,
    ].join('\n')
  }

  isString(goType: string): boolean {
    const [qualifier, type] = goType.includes('.') ? (goType.split('.') as [string, string]) : ['', goType]
    if (qualifier === '') return this.facts.aliases[type] === 'string'
    const target = packageByGoPath.get(this.facts.imports?.[qualifier] ?? '')
    return target !== undefined && packages[target]!.aliases[type] === 'string'
  }

  factsOf(field: FactField, pointer: boolean, nullable: boolean): string {
    const facts: Record<string, unknown> = {}
    if (field.omitempty) facts.omitEmpty = true
    if (pointer) facts.pointer = true
    if (nullable) facts.nullable = true
    if (field.optional) facts.optional = true
    if (field.required) facts.required = true
    if (field.listType) facts.listType = field.listType
    if (field.listMapKeys) facts.listMapKeys = field.listMapKeys
    if (field.mapType) facts.mapType = field.mapType
    if (field.structType) facts.structType = field.structType
    if (field.patchStrategy) facts.patchStrategy = field.patchStrategy.split(',')
    if (field.patchMergeKey) facts.patchMergeKey = field.patchMergeKey
    if (field.default !== undefined) facts.default = parseDefault(field.default)
    if (field.featureGate) facts.featureGate = field.featureGate
    if (field.unionDiscriminator) facts.unionDiscriminator = true
    if (field.validation) facts.validation = field.validation
    return Object.keys(facts).length === 0 ? '' : `, ${JSON.stringify(facts).replace(/"(\w+)":/g, '$1:')}`
  }
}

/** Defaults that name a Go constant: the constant's value. */
const constantDefaults: Record<string, unknown> = {
  'ref(AzureDataDiskCachingReadWrite)': 'ReadWrite',
  'ref(AzureSharedBlobDisk)': 'Shared',
}

function parseDefault(text: string): unknown {
  if (text.startsWith('ref(')) {
    if (!(text in constantDefaults)) throw new Error(`unknown constant default ${text}`)
    return constantDefaults[text]
  }
  return JSON.parse(text)
}

/** The group versions that clients in this repository use: the preferred one of each group in 1.36. */
const clientVersions: readonly (readonly [packageName: string, group: string])[] = [
  ['io.k8s.api.core.v1', ''],
  ['io.k8s.api.admissionregistration.v1', 'admissionregistration.k8s.io'],
  ['io.k8s.api.apps.v1', 'apps'],
  ['io.k8s.api.authentication.v1', 'authentication.k8s.io'],
  ['io.k8s.api.authorization.v1', 'authorization.k8s.io'],
  ['io.k8s.api.autoscaling.v2', 'autoscaling'],
  ['io.k8s.api.batch.v1', 'batch'],
  ['io.k8s.api.certificates.v1', 'certificates.k8s.io'],
  ['io.k8s.api.coordination.v1', 'coordination.k8s.io'],
  ['io.k8s.api.discovery.v1', 'discovery.k8s.io'],
  ['io.k8s.api.flowcontrol.v1', 'flowcontrol.apiserver.k8s.io'],
  ['io.k8s.api.networking.v1', 'networking.k8s.io'],
  ['io.k8s.api.node.v1', 'node.k8s.io'],
  ['io.k8s.api.policy.v1', 'policy'],
  ['io.k8s.api.rbac.v1', 'rbac.authorization.k8s.io'],
  ['io.k8s.api.resource.v1', 'resource.k8s.io'],
  ['io.k8s.api.scheduling.v1', 'scheduling.k8s.io'],
  ['io.k8s.api.storage.v1', 'storage.k8s.io'],
  ['io.k8s.api.storagemigration.v1beta1', 'storagemigration.k8s.io'],
  ['io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1', 'apiextensions.k8s.io'],
  ['io.k8s.kube-aggregator.pkg.apis.apiregistration.v1', 'apiregistration.k8s.io'],
]

function pluralOf(kind: string): string {
  const lower = kind[0]!.toLowerCase() + kind.slice(1)
  if (/endpoints$/i.test(lower)) return lower
  if (/(s|x|ch)$/.test(lower)) return `${lower}es`
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`
  return `${lower}s`
}

function writeResources(): string {
  const imports: string[] = []
  const lines: string[] = []
  for (const [packageName, group] of clientVersions) {
    const path = outputOf(packageName)!
    const identifier = path
      .replace(/^pkg\/api\/gen\//, '')
      .replace(/\.ts$/, '')
      .replace(/[/-](\w)/g, (_, c: string) => c.toUpperCase())
    imports.push(`import type * as ${identifier} from '${path.replace(/^pkg\//, '#')}'`)
    const version = packageName.split('.').at(-1)!
    for (const [kind, type] of Object.entries(packages[packageName]!.types)) {
      const markers = type.markers ?? []
      if (!markers.includes('genclient')) continue
      const namespaced = !markers.some((marker) => /nonNamespaced/.test(marker))
      const constant = pluralOf(kind).replace(/^(?:aPI|cSI|iP)/, (acronym) => acronym.toLowerCase())
      lines.push(
        `export const ${constant}: ResourceRef<${identifier}.${kind}> = { group: '${group}', version: '${version}', plural: '${pluralOf(kind).toLowerCase()}', kind: '${kind}', namespaced: ${namespaced} }`,
      )
    }
  }
  return [
    `// Code generated by tools/generate-api.ts from the Kubernetes 1.36 API facts. DO NOT EDIT.`,
    `/** A handle for each built-in resource, by which clients and informers are asked for it. */`,
    `import type { ResourceRef } from '#apimachinery/object.ts'`,
    ...imports,
    '',
    ...lines,
    '',
  ].join('\n')
}

let stale = 0
const outputs = new Map<string, string>([['pkg/api/gen/resources.ts', writeResources()]])
for (const [name, facts] of Object.entries(packages)) {
  const output = outputOf(name)
  if (output) outputs.set(output, new PackageWriter(name, facts).write())
}
for (const [output, text] of outputs) {
  const path = join(import.meta.dirname, '..', output)
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
  stale++
  if (check) {
    console.error(`stale: ${output}; run npm run generate`)
    continue
  }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
console.log(check ? `${stale} stale` : `${stale} written`)
process.exit(check && stale > 0 ? 1 : 0)
