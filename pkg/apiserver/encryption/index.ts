export { type EncryptionProviders, encryptionProviders } from './configured.ts'
export { aesGcmTransformer, keysFromFile, plainTransformer, rewriteStale } from './key-file.ts'
