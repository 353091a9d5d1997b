/**
 * An OpenAPI v2 document as v3, for servers that know no other: upstream's kube-openapi converts as much (openapiconv) and
 * no more, so that clients of v3 find the types of every server.
 */
type Json = Record<string, unknown>

export function openApiV3Of(v2: Json): Json {
  const { info, externalDocs, paths, produces } = v2
  return {
    openapi: '3.0.0',
    ...given({ info, externalDocs }),
    ...(isObject(paths) ? { paths: mapped(paths, pathItem) } : {}),
    components: given({
      schemas: mapped(v2.definitions, schema),
      securitySchemes: mapped(v2.securityDefinitions, securityScheme),
      responses: mapped(v2.responses, (each) => response(each, produces)),
    }),
  }
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const

function pathItem(item: Json): Json {
  const { parameters } = item
  return {
    ...extensions(item),
    ...given({ $ref: item.$ref }),
    ...Object.fromEntries(methods.filter((method) => isObject(item[method])).map((method) => [method, operation(item[method] as Json)])),
    ...(Array.isArray(parameters) ? { parameters: parameters.map(parameter) } : {}),
  }
}

function operation(v2: Json): Json {
  const { description, externalDocs, tags, summary, deprecated, operationId, parameters, consumes, produces, responses } = v2
  const all = (Array.isArray(parameters) ? parameters : []) as Json[]
  const isBody = (each: Json): boolean => each.name === 'body' && isObject(each.schema)
  const body = all.find(isBody)
  const others = all.filter((each) => !isBody(each))
  const { default: other, ...byCode } = isObject(responses) ? responses : ({} as Json)
  return {
    ...extensions(v2),
    ...given({ description, externalDocs, tags, summary, deprecated, operationId }),
    ...(others.length > 0 ? { parameters: others.map(parameter) } : {}),
    ...(body ? { requestBody: given({ content: contentOf(body.schema as Json, consumes) }) } : {}),
    responses: {
      ...(isObject(other) ? { default: response(other, produces) } : {}),
      ...mapped(byCode, (each, code) => (code.startsWith('x-') ? each : response(each, produces))),
    },
  }
}

function parameter(v2: Json): Json {
  const { $ref, name, description, required, allowEmptyValue, type, format, uniqueItems } = v2
  if ($ref !== undefined) return { $ref: String($ref).replace('#/parameters/', '#/components/parameters/') }
  const inner = isObject(v2.schema) ? schema(v2.schema) : given({ type, format, uniqueItems })
  return { ...extensions(v2), ...given({ name, in: v2.in, description, required, allowEmptyValue }), schema: inner }
}

function response(v2: Json, produces: unknown): Json {
  if (v2.$ref !== undefined) return { $ref: String(v2.$ref).replace('#/responses/', '#/components/responses/') }
  return { ...extensions(v2), ...given({ description: v2.description, content: isObject(v2.schema) ? contentOf(v2.schema, produces) : undefined }) }
}

/** The same schema for each media type. */
function contentOf(of: Json, types: unknown): Json | undefined {
  return Array.isArray(types) ? Object.fromEntries(types.map((type) => [type, { schema: schema(of) }])) : undefined
}

function securityScheme(v2: Json): Json {
  const { description, type, name, flow, authorizationUrl, tokenUrl, scopes } = v2
  const flows = flow ? { [String(flow)]: given({ authorizationUrl, tokenUrl, scopes }) } : undefined
  return { ...extensions(v2), ...given({ description, type, name, in: v2.in, flows }) }
}

/** What stands beside a reference is not read in v3: the reference goes into an allOf. */
function schema(v2: Json): Json {
  const { $ref, properties, items, additionalProperties, additionalItems, ...rest } = v2
  const converted = {
    ...rest,
    ...given({
      properties: mapped(properties, schema),
      items: Array.isArray(items) ? items.map(schema) : isObject(items) ? schema(items) : undefined,
      additionalProperties: isObject(additionalProperties) ? schema(additionalProperties) : additionalProperties,
      additionalItems: isObject(additionalItems) ? schema(additionalItems) : additionalItems,
    }),
  }
  if (typeof $ref !== 'string') return converted
  const reference = { $ref: $ref.replace('#/definitions/', '#/components/schemas/') }
  return Object.keys(converted).length === 0 ? reference : { ...converted, allOf: [reference] }
}

function mapped(of: unknown, convert: (value: Json, key: string) => unknown): Json | undefined {
  return isObject(of) ? Object.fromEntries(Object.entries(of).map(([key, value]) => [key, isObject(value) ? convert(value, key) : value])) : undefined
}

function extensions(of: Json): Json {
  return Object.fromEntries(Object.entries(of).filter(([name]) => name.startsWith('x-')))
}

function given(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
