/** What /configz shows: the whole configuration as a v1beta1 document, its fields in upstream's order. */
import { apiVersion, kind } from './decode.ts'
import type { CompleteConfiguration } from './defaults.ts'
import { fields } from './fields.ts'

/** Told though nobody acts on them here. */
const always = { enableSystemLogQuery: false, memorySwap: {} }
const buffer = { infoBufferSize: '0' }
const logging = { format: 'text', flushFrequency: '5s', verbosity: 0, options: { text: buffer, json: buffer } }

export function configz(configuration: CompleteConfiguration): Readonly<Record<string, unknown>> {
  const all: Record<string, unknown> = { ...always, ...configuration, logging: { ...logging, ...configuration.logging } }
  return { kind, apiVersion, ...Object.fromEntries(Object.keys(fields).flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]]))) }
}
