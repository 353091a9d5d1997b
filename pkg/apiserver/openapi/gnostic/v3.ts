/**
 * OpenAPI v3 in gnostic's protobuf (`application/com.github.proto-openapi.spec.v3.v1.0+protobuf`), which client-go's
 * OpenAPI v3 client may ask for: a table of field numbers.
 */
import type { Json } from '../types.ts'
import { encode, type Form, type Message, type MessageForm, message, pairs, wrapped, writeField } from './forms.ts'

const table = (fields: Message['fields'], extensions?: number): MessageForm => {
  const description: Message = extensions === undefined ? { fields } : { fields, extensions }
  return message(() => description)
}

const reference = table({ $ref: [1, 'string'], summary: [2, 'string'], description: [3, 'string'] })

/** The thing itself, or where it is. */
const orReference =
  (form: Form): MessageForm =>
  (wire, value) =>
    typeof (value as { $ref?: unknown }).$ref === 'string' ? writeField(wire, 2, reference, value) : writeField(wire, 1, form, value)

const schema: MessageForm = message(() => schemaMessage)
const schemaOrReference = orReference(schema)
const examples = pairs(1, orReference(table({ summary: [1, 'string'], description: [2, 'string'], value: [3, 'any'], externalValue: [4, 'string'] }, 5)))
const externalDocs = table({ description: [1, 'string'], url: [2, 'string'] }, 3)

/** A scalar; of anything else only that there is one. */
const defaultValue: MessageForm = (wire, value) => {
  if (typeof value === 'string') writeField(wire, 3, 'string', value)
  else if (typeof value === 'boolean') writeField(wire, 2, 'bool', value)
  else if (typeof value === 'number' || typeof value === 'bigint') writeField(wire, 1, 'double', value)
}

const schemaMessage: Message = {
  fields: {
    nullable: [1, 'bool'],
    discriminator: [2, table({ propertyName: [1, 'string'], mapping: [2, pairs(1, 'string')] }, 3)],
    readOnly: [3, 'bool'],
    writeOnly: [4, 'bool'],
    xml: [5, table({ name: [1, 'string'], namespace: [2, 'string'], prefix: [3, 'string'], attribute: [4, 'bool'], wrapped: [5, 'bool'] }, 6)],
    externalDocs: [6, externalDocs],
    example: [7, 'any'],
    deprecated: [8, 'bool'],
    title: [9, 'string'],
    multipleOf: [10, 'double'],
    maximum: [11, 'double'],
    exclusiveMaximum: [12, 'bool'],
    minimum: [13, 'double'],
    exclusiveMinimum: [14, 'bool'],
    maxLength: [15, 'int'],
    minLength: [16, 'int'],
    pattern: [17, 'string'],
    maxItems: [18, 'int'],
    minItems: [19, 'int'],
    uniqueItems: [20, 'bool'],
    maxProperties: [21, 'int'],
    minProperties: [22, 'int'],
    required: [23, 'strings'],
    enum: [24, 'anys'],
    type: [25, 'string'],
    allOf: [26, schemaOrReference, true],
    oneOf: [27, schemaOrReference, true],
    anyOf: [28, schemaOrReference, true],
    not: [29, schema],
    items: [30, wrapped(1, schemaOrReference)],
    properties: [31, pairs(1, schemaOrReference)],
    additionalProperties: [
      32,
      (wire, value) => (typeof value === 'boolean' ? writeField(wire, 2, 'bool', value) : writeField(wire, 1, schemaOrReference, value)),
    ],
    default: [33, defaultValue],
    description: [34, 'string'],
    format: [35, 'string'],
  },
  extensions: 36,
}

/** As gnostic writes the names of these, in camel case. */
const shown = { style: 'string', explode: 'bool', allowReserved: 'bool' } as const

const headers: MessageForm = (wire, value) => writeHeaders(wire, value)
const encoding = table(
  { contentType: [1, 'string'], headers: [2, headers], style: [3, shown.style], explode: [4, shown.explode], allowReserved: [5, shown.allowReserved] },
  6,
)
const content = pairs(1, table({ schema: [1, schemaOrReference], example: [2, 'any'], examples: [3, examples], encoding: [4, pairs(1, encoding)] }, 5))
const writeHeaders = pairs(
  1,
  orReference(
    table(
      {
        description: [1, 'string'],
        required: [2, 'bool'],
        deprecated: [3, 'bool'],
        allowEmptyValue: [4, 'bool'],
        style: [5, shown.style],
        explode: [6, shown.explode],
        allowReserved: [7, shown.allowReserved],
        schema: [8, schemaOrReference],
        example: [9, 'any'],
        examples: [10, examples],
        content: [11, content],
      },
      12,
    ),
  ),
)

const parameter = orReference(
  table(
    {
      name: [1, 'string'],
      in: [2, 'string'],
      description: [3, 'string'],
      required: [4, 'bool'],
      deprecated: [5, 'bool'],
      allowEmptyValue: [6, 'bool'],
      style: [7, shown.style],
      explode: [8, shown.explode],
      allowReserved: [9, shown.allowReserved],
      schema: [10, schemaOrReference],
      example: [11, 'any'],
      examples: [12, examples],
      content: [13, content],
    },
    14,
  ),
)
const requestBody = orReference(table({ description: [1, 'string'], content: [2, content], required: [3, 'bool'] }, 4))
const response = orReference(table({ description: [1, 'string'], headers: [2, headers], content: [3, content] }, 5))

const responses: MessageForm = (wire, value) => {
  const { default: otherwise, ...codes } = value as Json
  const extensions = Object.keys(codes).filter((name) => name.startsWith('x-'))
  const entries = Object.entries(codes).filter(([name]) => !name.startsWith('x-'))
  table({}, 3)(wire, Object.fromEntries(extensions.map((name) => [name, codes[name]])))
  pairs(2, response)(wire, Object.fromEntries(entries))
  if (otherwise !== undefined) writeField(wire, 1, response, otherwise)
}

const security = pairs(1, (wire, value) => writeField(wire, 1, 'strings', value))
const servers = table(
  {
    url: [1, 'string'],
    description: [2, 'string'],
    variables: [3, pairs(1, table({ enum: [1, 'strings'], default: [2, 'string'], description: [3, 'string'] }, 4))],
  },
  4,
)

const operation = table(
  {
    tags: [1, 'strings'],
    summary: [2, 'string'],
    description: [3, 'string'],
    externalDocs: [4, externalDocs],
    operationId: [5, 'string'],
    parameters: [6, parameter, true],
    requestBody: [7, requestBody],
    responses: [8, responses],
    deprecated: [10, 'bool'],
    security: [11, security, true],
    servers: [12, servers, true],
  },
  13,
)

const pathItem = table(
  {
    $ref: [1, 'string'],
    summary: [2, 'string'],
    description: [3, 'string'],
    get: [4, operation],
    put: [5, operation],
    post: [6, operation],
    delete: [7, operation],
    options: [8, operation],
    head: [9, operation],
    patch: [10, operation],
    trace: [11, operation],
    servers: [12, servers, true],
    parameters: [13, parameter, true],
  },
  14,
)

const scopes = table({ authorizationUrl: [1, 'string'], tokenUrl: [2, 'string'], refreshUrl: [3, 'string'], scopes: [4, pairs(1, 'string')] }, 5)
const securityScheme = table(
  {
    type: [1, 'string'],
    description: [2, 'string'],
    name: [3, 'string'],
    in: [4, 'string'],
    scheme: [5, 'string'],
    bearerFormat: [6, 'string'],
    flows: [7, table({ implicit: [1, scopes], password: [2, scopes], clientCredentials: [3, scopes], authorizationCode: [4, scopes] }, 5)],
    openIdConnectUrl: [8, 'string'],
  },
  9,
)

const components = table(
  {
    schemas: [1, pairs(1, schemaOrReference)],
    responses: [2, pairs(1, response)],
    parameters: [3, pairs(1, parameter)],
    examples: [4, examples],
    requestBodies: [5, pairs(1, requestBody)],
    headers: [6, headers],
    securitySchemes: [7, pairs(1, orReference(securityScheme))],
  },
  10,
)

const info = table(
  {
    title: [1, 'string'],
    description: [2, 'string'],
    termsOfService: [3, 'string'],
    contact: [4, table({ name: [1, 'string'], url: [2, 'string'], email: [3, 'string'] }, 4)],
    license: [5, table({ name: [1, 'string'], url: [2, 'string'] }, 3)],
    version: [6, 'string'],
    summary: [8, 'string'],
  },
  7,
)

const documentMessage: Message = {
  fields: {
    openapi: [1, 'string'],
    info: [2, info],
    servers: [3, servers, true],
    paths: [4, pairs(1, pathItem)],
    components: [5, components],
    security: [6, security, true],
    tags: [7, table({ name: [1, 'string'], description: [2, 'string'], externalDocs: [3, externalDocs] }, 4), true],
    externalDocs: [8, externalDocs],
  },
  extensions: 9,
}

/** Takes the document as its JSON has it. Of callbacks and links, which no server of Kubernetes has, nothing is told. */
export const encodeGnosticV3 = (document: Json): Buffer => encode(documentMessage, document)
