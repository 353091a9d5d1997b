/** Runs the admission plugins over one write, phase by phase. */
import type { KubeObject } from '#apimachinery/object.ts'
import { badRequest } from '#apimachinery/status-error.ts'
import { newReinvocation } from '../admission/reinvocation.ts'
import type { AdmissionAttributes } from '../types.ts'
import type { Operation } from './operation.ts'

export interface AdmissionInput {
  readonly operation: AdmissionAttributes['operation']
  readonly object?: KubeObject | undefined
  readonly oldObject?: KubeObject | undefined
  readonly dryRun: boolean
  readonly options?: Readonly<Record<string, unknown>>
  /** When the object written is of another kind than the resource's (Scale, Binding). */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string }
  readonly name?: string
}

export function attributesOf(operation: Operation, input: AdmissionInput): AdmissionAttributes {
  const { definition, user, namespace, subresource } = operation
  const kind = input.kind ?? definition
  const { audit } = operation.request.context
  return {
    operation: input.operation,
    group: kind.group,
    version: kind.version,
    kind: kind.kind,
    resource: definition.plural,
    resourceGroup: definition.group,
    servedVersion: definition.version,
    subresource,
    namespace,
    name: input.name ?? operation.name,
    user,
    dryRun: input.dryRun,
    object: input.object,
    oldObject: input.oldObject,
    options: input.options ?? optionsOf(operation),
    reinvocation: newReinvocation(),
    warn: (text) => operation.warn(text),
    ...(audit ? { annotate: (...note: Parameters<typeof audit.annotate>) => audit.annotate(...note) } : {}),
  }
}

/** Of a write, as they were asked for; a patch is shown as the update that it is, without what only it has. */
function optionsOf({ request: { query } }: Operation): Record<string, unknown> {
  const dryRun = query.getAll('dryRun')
  const [fieldManager, fieldValidation] = [query.get('fieldManager'), query.get('fieldValidation')]
  return { ...(dryRun.length > 0 ? { dryRun } : {}), ...(fieldManager ? { fieldManager } : {}), ...(fieldValidation ? { fieldValidation } : {}) }
}

export async function mutate(operation: Operation, attributes: AdmissionAttributes): Promise<void> {
  await runPlugins(operation, attributes)
  const { object, namespace } = attributes
  if (object?.metadata?.namespace && namespace !== '' && object.metadata.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
}

async function runPlugins(operation: Operation, attributes: AdmissionAttributes): Promise<void> {
  const plugins = operation.parts.admission()
  for (const plugin of plugins) if (plugin.admit && plugin.handles(attributes)) await plugin.admit(attributes)
  const { reinvocation } = attributes
  if (!reinvocation?.isWanted) return
  reinvocation.isAgain = true
  for (const plugin of plugins) if (plugin.admit && plugin.handles(attributes)) await plugin.admit(attributes)
}

export async function check(operation: Operation, attributes: AdmissionAttributes): Promise<void> {
  for (const plugin of operation.parts.admission()) if (plugin.validate && plugin.handles(attributes)) await plugin.validate(attributes)
}
