/** kubectl annotate. */
import { metadataCommand } from './change-metadata.ts'

export const command = metadataCommand('annotate', { member: 'annotations', noun: 'annotation', past: 'annotated' })
