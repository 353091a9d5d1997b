/**
 * OpenAPI v2 in gnostic's protobuf (`application/com.github.proto-openapi.spec.v2.v1.0+protobuf`), which
 * client-go's discovery asks for: a table of field numbers.
 */
import type { Json } from '../types.ts'
import { encode, type Message, type MessageForm, message, pairs, wrapped, writeField } from './forms.ts'

const schema: MessageForm = message(() => schemaMessage)
const strings: MessageForm = (wire, value) => writeField(wire, 1, 'strings', Array.isArray(value) ? value : [value])

const schemaMessage: Message = {
  fields: {
    $ref: [1, 'string'],
    format: [2, 'string'],
    title: [3, 'string'],
    description: [4, 'string'],
    default: [5, 'any'],
    multipleOf: [6, 'double'],
    maximum: [7, 'double'],
    exclusiveMaximum: [8, 'bool'],
    minimum: [9, 'double'],
    exclusiveMinimum: [10, 'bool'],
    maxLength: [11, 'int'],
    minLength: [12, 'int'],
    pattern: [13, 'string'],
    maxItems: [14, 'int'],
    minItems: [15, 'int'],
    uniqueItems: [16, 'bool'],
    maxProperties: [17, 'int'],
    minProperties: [18, 'int'],
    required: [19, 'strings'],
    enum: [20, 'anys'],
    additionalProperties: [21, (wire, value) => (typeof value === 'boolean' ? writeField(wire, 2, 'bool', value) : writeField(wire, 1, schema, value))],
    type: [22, strings],
    items: [23, (wire, value) => writeField(wire, 1, schema, value)],
    allOf: [24, schema, true],
    properties: [25, pairs(1, schema)],
    readOnly: [27, 'bool'],
    example: [30, 'any'],
  },
  extensions: 31,
}

const bodyParameter: Message = {
  fields: { description: [1, 'string'], name: [2, 'string'], in: [3, 'string'], required: [4, 'bool'], schema: [5, schema] },
  extensions: 6,
}
const queryParameter: Message = {
  fields: {
    required: [1, 'bool'],
    in: [2, 'string'],
    description: [3, 'string'],
    name: [4, 'string'],
    type: [6, 'string'],
    format: [7, 'string'],
    uniqueItems: [20, 'bool'],
  },
  extensions: 23,
}
const pathParameter: Message = {
  fields: {
    required: [1, 'bool'],
    in: [2, 'string'],
    description: [3, 'string'],
    name: [4, 'string'],
    type: [5, 'string'],
    format: [6, 'string'],
    uniqueItems: [19, 'bool'],
  },
  extensions: 22,
}

function parameterOf(value: unknown): MessageForm {
  const place = (value as { in?: string }).in
  return place === 'body'
    ? wrapped(
        1,
        message(() => bodyParameter),
      )
    : wrapped(
        2,
        place === 'path'
          ? wrapped(
              4,
              message(() => pathParameter),
            )
          : wrapped(
              3,
              message(() => queryParameter),
            ),
      )
}
const parameter: MessageForm = (wire, value) => writeField(wire, 1, parameterOf(value), value)
/** One of a path or an operation: its own, or a reference to a shared one. */
const parameterItem: MessageForm = (wire, value) => {
  const { $ref } = value as { $ref?: string }
  if ($ref === undefined) parameter(wire, value)
  else
    writeField(
      wire,
      2,
      message(() => ({ fields: { $ref: [1, 'string'] } })),
      value,
    )
}
/** A shared one stands by itself, without what may be a reference around it. */
const sharedParameter: MessageForm = (wire, value) => parameterOf(value)(wire, value)

const responseMessage: Message = { fields: { description: [1, 'string'], schema: [2, wrapped(1, schema)] }, extensions: 5 }
const responses: MessageForm = pairs(
  1,
  wrapped(
    1,
    message(() => responseMessage),
  ),
)
const security: MessageForm = pairs(1, strings)

const operationMessage: Message = {
  fields: {
    tags: [1, 'strings'],
    summary: [2, 'string'],
    description: [3, 'string'],
    operationId: [5, 'string'],
    produces: [6, 'strings'],
    consumes: [7, 'strings'],
    parameters: [8, parameterItem, true],
    responses: [9, responses],
    schemes: [10, 'strings'],
    deprecated: [11, 'bool'],
    security: [12, security, true],
  },
  extensions: 13,
}
const operation: MessageForm = message(() => operationMessage)

const pathItemMessage: Message = {
  fields: {
    get: [2, operation],
    put: [3, operation],
    post: [4, operation],
    delete: [5, operation],
    options: [6, operation],
    head: [7, operation],
    patch: [8, operation],
    parameters: [9, parameterItem, true],
  },
  extensions: 10,
}

const apiKeyMessage: Message = { fields: { type: [1, 'string'], name: [2, 'string'], in: [3, 'string'], description: [4, 'string'] }, extensions: 5 }
const infoMessage: Message = { fields: { title: [1, 'string'], version: [2, 'string'], description: [3, 'string'] }, extensions: 7 }

const documentMessage: Message = {
  fields: {
    swagger: [1, 'string'],
    info: [2, message(() => infoMessage)],
    paths: [
      8,
      pairs(
        2,
        message(() => pathItemMessage),
      ),
    ],
    definitions: [9, pairs(1, schema)],
    parameters: [10, pairs(1, sharedParameter)],
    security: [12, security, true],
    securityDefinitions: [
      13,
      pairs(
        1,
        wrapped(
          2,
          message(() => apiKeyMessage),
        ),
      ),
    ],
  },
  extensions: 16,
}

/** Takes the document as its JSON has it. */
export const encodeGnosticV2 = (document: Json): Buffer => encode(documentMessage, document)
