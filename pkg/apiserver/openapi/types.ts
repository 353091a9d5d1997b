/** Contracts of the OpenAPI documents. */

export type Json = Record<string, unknown>

/** Descriptions of types and their fields, wherever they are read from. */
export interface Descriptions {
  ofType(name: string): string | undefined
  ofField(typeName: string, field: string): string | undefined
}

export const noDescriptions: Descriptions = { ofType: () => undefined, ofField: () => undefined }

export interface OpenApiOptions {
  /** The version of the API, "1.36": part of the documents and their hashes. */
  readonly version: string
  /** Of which build of the server they are: part of the hashes. */
  readonly build?: string
  readonly descriptions?: Descriptions
}

/** One group version's OpenAPI v3 document, built when it is first asked for. */
export interface OpenApiV3Document {
  /** "api/v1", "apis/apps/v1". */
  readonly path: string
  /** Changes when the document does; part of its address, which clients may cache for ever. */
  readonly hash: string
  bytes(): Buffer
  /** gnostic's protobuf form. */
  protobuf(): Buffer
}

export interface OpenApiV2Document {
  readonly etag: string
  json(): Buffer
  /** gnostic's protobuf form. */
  protobuf(): Buffer
}
