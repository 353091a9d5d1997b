/**
 * What a schema itself has to be, draft by draft: the same rules in the same nesting as the metaschemas that json-schema.org
 * publishes, since errors show the nesting. Each is a schema whose "#" is the metaschema itself.
 */
type Schema = Readonly<Record<string, unknown>>

const self: Schema = { $ref: '#' }
const text: Schema = { type: 'string' }
const flag: Schema = { type: 'boolean' }
const number: Schema = { type: 'number' }
const count: Schema = { type: 'integer', minimum: 0 }
const pattern: Schema = { type: 'string', format: 'regex' }
const reference: Schema = { type: 'string', format: 'uri-reference' }
const address: Schema = { type: 'string', format: 'uri' }
const selves: Schema = { type: 'array', minItems: 1, items: self }
const selvesByName: Schema = { type: 'object', additionalProperties: self }
const selvesByPattern: Schema = { ...selvesByName, propertyNames: { format: 'regex' } }
const names: Schema = { type: 'array', items: text, uniqueItems: true }
const namesByName: Schema = { type: 'object', additionalProperties: names }
const simpleType: Schema = { enum: ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'] }
const types: Schema = { anyOf: [simpleType, { type: 'array', items: simpleType, minItems: 1, uniqueItems: true }] }
const dependencies: Schema = { type: 'object', additionalProperties: { anyOf: [self, names] } }

const every = (keywords: readonly string[], rule: unknown): Schema => Object.fromEntries(keywords.map((keyword) => [keyword, rule]))

const schemaOrBoolean = ['object', 'boolean']
const largest = ['maxLength', 'maxItems', 'maxProperties']
const smallest = ['minLength', 'minItems', 'minProperties']

function classic(draft: 4 | 6 | 7): Schema {
  const name = `http://json-schema.org/draft-0${draft}/schema#`
  const orSelf = draft === 4 ? { anyOf: [flag, self] } : self
  const common = {
    [draft === 4 ? 'id' : '$id']: draft === 4 ? text : reference,
    $schema: address,
    $ref: draft === 4 ? text : reference,
    ...every(['title', 'description', 'format'], text),
    ...every(['maximum', 'minimum'], number),
    ...every(['exclusiveMaximum', 'exclusiveMinimum'], draft === 4 ? flag : number),
    multipleOf: draft === 4 ? { type: 'number', minimum: 0, exclusiveMinimum: true } : { type: 'number', exclusiveMinimum: 0 },
    ...every(largest, count),
    ...every(smallest, { allOf: [count, {}] }),
    pattern,
    additionalItems: orSelf,
    items: { anyOf: [self, selves] },
    uniqueItems: flag,
    required: draft === 4 ? { ...names, minItems: 1 } : names,
    additionalProperties: orSelf,
    ...every(['definitions', 'properties'], selvesByName),
    patternProperties: draft === 7 ? selvesByPattern : selvesByName,
    dependencies: draft === 4 ? { type: 'object', additionalProperties: { anyOf: [self, { ...names, minItems: 1 }] } } : dependencies,
    enum: { type: 'array', minItems: 1, uniqueItems: true },
    type: types,
    ...every(['allOf', 'anyOf', 'oneOf'], selves),
    not: self,
  }
  if (draft === 4)
    return {
      $schema: name,
      type: 'object',
      properties: common,
      dependencies: { exclusiveMaximum: ['maximum'], exclusiveMinimum: ['minimum'] },
    }
  const later = {
    ...every(['contains', 'propertyNames'], self),
    ...(draft === 7 ? { ...every(['$comment', 'contentMediaType', 'contentEncoding'], text), ...every(['readOnly', 'writeOnly'], flag) } : {}),
    ...(draft === 7 ? { examples: { type: 'array' }, ...every(['if', 'then', 'else'], self) } : {}),
  }
  return { $schema: name, type: schemaOrBoolean, properties: { ...common, ...later } }
}

function modern(draft: 2019 | 2020): Schema {
  const anchor = { type: 'string', pattern: draft === 2020 ? '^[A-Za-z_][-A-Za-z0-9._]*$' : '^[A-Za-z][-A-Za-z0-9.:_]*$' }
  const core = {
    $id: { ...reference, pattern: '^[^#]*#?$' },
    $schema: address,
    $anchor: anchor,
    $comment: text,
    $defs: selvesByName,
    $ref: reference,
    $vocabulary: { type: 'object', propertyNames: address, additionalProperties: flag },
    ...(draft === 2020 ? { $dynamicRef: reference, $dynamicAnchor: anchor } : { $recursiveRef: reference, $recursiveAnchor: flag }),
  }
  const unevaluated = every(['unevaluatedItems', 'unevaluatedProperties'], self)
  const applicator = {
    ...every(['contains', 'additionalProperties', 'propertyNames', 'if', 'then', 'else', 'not'], self),
    ...every(['allOf', 'anyOf', 'oneOf'], selves),
    ...every(['properties', 'dependentSchemas'], selvesByName),
    patternProperties: selvesByPattern,
    ...(draft === 2020 ? { prefixItems: selves, items: self } : { additionalItems: self, items: { anyOf: [self, selves] }, ...unevaluated }),
  }
  const validation = {
    type: types,
    enum: { type: 'array' },
    multipleOf: { type: 'number', exclusiveMinimum: 0 },
    ...every(['maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum'], number),
    ...every([...largest, ...smallest, 'maxContains', 'minContains'], count),
    pattern,
    uniqueItems: flag,
    required: names,
    dependentRequired: namesByName,
  }
  const metadata = {
    ...every(['title', 'description'], text),
    ...every(['deprecated', 'readOnly', 'writeOnly'], flag),
    examples: { type: 'array' },
  }
  const content = { ...every(['contentEncoding', 'contentMediaType'], text), contentSchema: self }
  const vocabularies = [core, applicator, ...(draft === 2020 ? [unevaluated] : []), validation, metadata, { format: text }, content]
  return {
    $schema: draft === 2020 ? 'https://json-schema.org/draft/2020-12/schema' : 'https://json-schema.org/draft/2019-09/schema',
    type: schemaOrBoolean,
    allOf: vocabularies.map((properties) => ({ properties })),
    properties: {
      definitions: selvesByName,
      dependencies,
      ...(draft === 2020 ? { $recursiveAnchor: anchor, $recursiveRef: reference } : {}),
    },
  }
}

export type Draft = 4 | 6 | 7 | 2019 | 2020

/** By draft; `$schema` is the metaschema's own name, as errors tell it. */
export function metaschemaOf(draft: Draft): Schema & { readonly $schema: string } {
  const made = draft === 2019 || draft === 2020 ? modern(draft) : classic(draft)
  return made as Schema & { readonly $schema: string }
}

const known = /^https?:\/\/json-schema\.org\/(?:draft-0([467])\/schema|draft\/(2019-09|2020-12)\/schema|schema)#?$/

function draftAt(url: string): Draft | undefined {
  const found = known.exec(url)
  if (!found) return undefined
  return found[1] ? (Number(found[1]) as Draft) : found[2] === '2019-09' ? 2019 : 2020
}

/** The draft that a schema's $schema names; undefined when it names none that is known. */
export const draftOf = (schema: Readonly<Record<string, unknown>>): Draft | undefined =>
  typeof schema.$schema === 'string' ? draftAt(schema.$schema) : undefined

export const isMetaschema = (url: string): boolean => draftAt(url) !== undefined

/** The metaschema that is published at an address; undefined when none is. */
export function metaschemaAt(url: string): Schema | undefined {
  const draft = draftAt(url)
  return draft === undefined ? undefined : metaschemaOf(draft)
}
