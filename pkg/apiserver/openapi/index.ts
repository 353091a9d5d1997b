/** OpenAPI: what clients learn of the API's types and paths. */
export { ClientNodeDescriptions } from './descriptions.ts'
export { encodeGnosticV3 } from './gnostic/v3.ts'
export { Models } from './models.ts'
export type { Descriptions, OpenApiOptions, OpenApiV2Document, OpenApiV3Document } from './types.ts'
export { buildOpenApiV2, type OpenApiV2Extension } from './v2.ts'
export { buildOpenApiV3, openApiV3Index } from './v3.ts'
