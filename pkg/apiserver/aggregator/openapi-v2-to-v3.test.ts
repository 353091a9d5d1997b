import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openApiV3Of } from './openapi-v2-to-v3.ts'

test('a v2 document becomes the v3 document that upstream makes of it', () => {
  const widget = { $ref: '#/definitions/Widget' }
  const v2 = {
    swagger: '2.0',
    info: { title: 'Widgets', version: 'v1' },
    paths: {
      '/widgets': {
        post: {
          operationId: 'createWidget',
          consumes: ['application/json', 'application/yaml'],
          produces: ['application/json'],
          parameters: [
            { name: 'body', in: 'body', required: true, schema: widget },
            { name: 'dryRun', in: 'query', type: 'string', uniqueItems: true, description: 'Whether to.' },
            { $ref: '#/parameters/pretty' },
          ],
          responses: { 200: { description: 'OK', schema: widget }, 401: { description: 'Unauthorized' }, default: { $ref: '#/responses/error' } },
          'x-kubernetes-action': 'post',
        },
        parameters: [{ name: 'namespace', in: 'path', required: true, type: 'string' }],
      },
    },
    definitions: {
      Widget: {
        type: 'object',
        properties: {
          metadata: { ...widget, description: 'Of the object.' },
          parts: { type: 'array', items: widget },
          labels: { type: 'object', additionalProperties: { type: 'string' } },
        },
        'x-kubernetes-group-version-kind': [{ group: 'a', kind: 'Widget', version: 'v1' }],
      },
    },
    securityDefinitions: { BearerToken: { type: 'apiKey', name: 'authorization', in: 'header', description: 'Bearer' } },
  }
  const reference = { $ref: '#/components/schemas/Widget' }
  assert.deepEqual(openApiV3Of(v2), {
    openapi: '3.0.0',
    info: { title: 'Widgets', version: 'v1' },
    paths: {
      '/widgets': {
        post: {
          operationId: 'createWidget',
          parameters: [
            { name: 'dryRun', in: 'query', description: 'Whether to.', schema: { type: 'string', uniqueItems: true } },
            { $ref: '#/components/parameters/pretty' },
          ],
          requestBody: { content: { 'application/json': { schema: reference }, 'application/yaml': { schema: reference } } },
          responses: {
            200: { description: 'OK', content: { 'application/json': { schema: reference } } },
            401: { description: 'Unauthorized' },
            default: { $ref: '#/components/responses/error' },
          },
          'x-kubernetes-action': 'post',
        },
        parameters: [{ name: 'namespace', in: 'path', required: true, schema: { type: 'string' } }],
      },
    },
    components: {
      schemas: {
        Widget: {
          type: 'object',
          properties: {
            metadata: { description: 'Of the object.', allOf: [reference] },
            parts: { type: 'array', items: reference },
            labels: { type: 'object', additionalProperties: { type: 'string' } },
          },
          'x-kubernetes-group-version-kind': [{ group: 'a', kind: 'Widget', version: 'v1' }],
        },
      },
      securitySchemes: { BearerToken: { type: 'apiKey', name: 'authorization', in: 'header', description: 'Bearer' } },
    },
  })
})
