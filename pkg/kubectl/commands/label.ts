/** kubectl label. */
import { metadataCommand } from './change-metadata.ts'

export const command = metadataCommand('label', { member: 'labels', noun: 'label', past: 'labeled' })
