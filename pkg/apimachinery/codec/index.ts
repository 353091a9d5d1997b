/** Codecs: JSON, YAML and protobuf, all driven by the schemas. */
export { decodeObject, type Decoded, type DecodeOptions, normalize, parse } from './decode.ts'
export { encodeJson, encodeJsonBytes } from './encode.ts'
export { DecodeError, StrictDecodingError } from './errors.ts'
export { parseYaml, parseYamlDocuments } from './yaml-text.ts'
export { parseJson } from './json-text.ts'
export { decodeProtobuf, decodeWatchFrame, encodeProtobuf, encodeWatchFrame, isProtobufEnvelope, readEnvelope } from './protobuf.ts'
