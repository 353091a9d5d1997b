/** kubectl debug: an ephemeral container in a pod, a changed copy of it, or a pod on a node's own namespaces. */
import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { resolve } from 'node:path'
import { cloneJson } from '#apimachinery/json-value.ts'
import { CommandError } from '../errors.ts'
import { fileFlags, type Item } from '../resources/types.ts'
import { objectChanges } from '../resources/object-changes.ts'
import { itemOf, visit } from '../resources/visit.ts'
import { builtIn, createObject, deleteObject, patchBetween, patchObject } from '../resources/write.ts'
import type { Command, Invocation } from '../types.ts'
import { warningLine } from '../warnings.ts'
import { type DebugStyle, type Keep, profiles } from './debug/profiles.ts'
import { attachOrLog, printLog } from './attach/session.ts'

const bool = (name: string, preset: string, usage: string, short?: string) => ({
  name,
  type: 'bool' as const,
  default: preset,
  usage,
  ...(short ? { short } : {}),
})

export const command: Command = {
  summary: 'Create debugging sessions for troubleshooting workloads and nodes.',
  usage: '(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]',
  examples: [
    'kubectl debug mypod -it --image=busybox',
    'kubectl debug mypod -it --image=busybox --copy-to=my-debugger',
    'kubectl debug node/mynode -it --image=busybox',
  ],
  flags: [
    ...fileFlags('identifying the resource to debug').filter(({ name }) => name === 'filename'),
    bool('arguments-only', 'false', 'What follows -- are arguments instead of a command'),
    bool('attach', 'false', 'Wait for the container and attach to it'),
    { name: 'container', short: 'c', type: 'string', usage: 'Name of the debug container' },
    { name: 'copy-to', type: 'string', usage: 'Create a copy of the pod with this name' },
    { name: 'custom', type: 'string', usage: 'File with a partial container spec that changes the profile' },
    { name: 'env', type: 'stringToString', usage: 'Environment variables to set in the container' },
    { name: 'image', type: 'string', usage: 'Image of the debug container' },
    { name: 'image-pull-policy', type: 'string', usage: 'Pull policy of the container' },
    ...['annotations', 'labels', 'liveness', 'readiness', 'startup'].map((what) =>
      bool(`keep-${what}`, 'false', `With --copy-to: keep the ${what} of the original`),
    ),
    bool('keep-init-containers', 'true', 'With --copy-to: run the init containers'),
    { name: 'profile', type: 'string', default: 'general', usage: 'One of general, baseline, restricted, netadmin, sysadmin' },
    bool('quiet', 'false', 'Suppress informational messages', 'q'),
    bool('replace', 'false', 'With --copy-to: delete the original pod'),
    bool('same-node', 'false', 'With --copy-to: schedule the copy on the same node'),
    { name: 'set-image', type: 'stringToString', usage: 'With --copy-to: name=image pairs' },
    bool('share-processes', 'true', 'With --copy-to: share the process namespace in the copy'),
    bool('stdin', 'false', 'Keep stdin open on the container', 'i'),
    { name: 'target', type: 'string', usage: 'With an ephemeral container: see the processes of this container' },
    bool('tty', 'false', 'Allocate a TTY for the container', 't'),
  ],
  whenInterrupted: () => 'fails',
  run,
}

interface Settings {
  readonly line: readonly string[]
  readonly image: string
  readonly images: Readonly<Record<string, string>>
  readonly custom: any
  readonly keep: Keep
}

async function run(invocation: Invocation): Promise<number> {
  const { args, dashAt, flags } = invocation
  const names = dashAt >= 0 ? args.slice(0, dashAt) : args
  const settings = settingsOf(invocation, dashAt >= 0 ? args.slice(dashAt) : [])
  validate(invocation, settings, names)
  const items = await visit(invocation, { args: names.length === 0 ? [] : names.map((each) => (each.includes('/') ? each : `pods/${each}`)) })
  const attach = flags.changed('attach') ? flags.bool('attach') : flags.bool('stdin')
  let code = 0
  for (const item of items) {
    const { pod, container } = await debug(invocation, item, settings)
    if (attach && container) code = await attachWhenRunning(invocation, pod, container)
  }
  return code
}

function settingsOf({ flags, io }: Invocation, line: readonly string[]): Settings {
  const pairs = (name: string): Record<string, string> =>
    Object.fromEntries(flags.list(name).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
  if (!profiles[flags.string('profile')]) throw new CommandError(`error: unknown profile: ${flags.string('profile')}`)
  let custom: any
  if (flags.string('custom') !== '') {
    const file = flags.string('custom')
    try {
      custom = parse(readFileSync(resolve(io.cwd, file), 'utf8'), { maxAliasCount: 100 })
    } catch {
      throw new CommandError(`error: must pass a container spec json file for custom profile: open ${file}: no such file or directory`)
    }
  }
  const keep = (what: string): boolean => flags.bool(`keep-${what}`)
  return {
    line,
    image: flags.string('image'),
    images: pairs('set-image'),
    custom,
    keep: {
      labels: keep('labels'),
      annotations: keep('annotations'),
      liveness: keep('liveness'),
      readiness: keep('readiness'),
      startup: keep('startup'),
      initContainers: keep('init-containers'),
    },
  }
}

function validate({ flags, out, err }: Invocation, { line, image, images, custom }: Settings, names: readonly string[]): void {
  const refuse = (message: string): never => {
    throw new CommandError(`error: ${message}`)
  }
  const copy = flags.string('copy-to') !== ''
  if (flags.changed('attach') && flags.bool('attach') && image === '' && flags.string('container') === '')
    refuse('you must specify --container or create a new container using --image in order to attach.')
  if (copy) {
    if (image === '' && Object.keys(images).length === 0 && line.length === 0) refuse('you must specify --image, --set-image or command arguments.')
    if (line.length > 0 && flags.string('container') === '' && image === '')
      refuse('you must specify an existing container or a new image when specifying args.')
  } else {
    if (flags.bool('replace')) refuse('--replace may only be used with --copy-to.')
    if (flags.bool('same-node')) refuse('--same-node may only be used with --copy-to.')
    if (Object.keys(images).length > 0) refuse('--set-image may only be used with --copy-to.')
    if (image === '') refuse('you must specify --image when not using --copy-to.')
  }
  if (image !== '' && !isReference(image)) refuse(`invalid image name ${JSON.stringify(image)}: invalid reference format`)
  if (names.length === 0 && flags.list('filename').length === 0) refuse('NAME or filename is required for debug')
  const policy = flags.string('image-pull-policy')
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(policy)) refuse(`invalid image pull policy: ${policy}`)
  for (const [name, each] of Object.entries(images))
    if (!isReference(each)) refuse(`invalid image name ${JSON.stringify(each)} for container ${JSON.stringify(name)}: invalid reference format`)
  const target = flags.string('target')
  if (target !== '') {
    if (copy) refuse('--target is incompatible with --copy-to. Use --share-processes instead.')
    if (!flags.bool('quiet'))
      out(
        `Targeting container ${JSON.stringify(target)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
      )
  }
  if (flags.bool('tty') && !flags.bool('stdin')) refuse('-i/--stdin is required for containers with -t/--tty=true')
  if (custom && (custom.name || custom.command?.length || custom.image || custom.lifecycle || custom.volumeDevices?.length))
    refuse('name, command, image, lifecycle and volume devices are not modifiable via custom profile')
  if (flags.string('profile') === 'legacy')
    err('--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example "--profile=general".\n')
}

function isReference(image: string): boolean {
  return /^[a-zA-Z0-9][\w.-]*(:\d+)?(\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(:[\w][\w.-]{0,127})?(@[A-Za-z][\w+.-]*:[0-9a-fA-F]{8,})?$/.test(image)
}

function debug(invocation: Invocation, item: Item, settings: Settings): Promise<{ pod: any; container: string }> {
  const { kind, group, version } = item.resource
  if (kind === 'Node' && group === '') return debugNode(invocation, item, settings)
  if (kind !== 'Pod' || group !== '') throw new CommandError(`error: "${group}/${version}, Kind=${kind}" not supported by debug`)
  return invocation.flags.string('copy-to') === '' ? debugInside(invocation, item, settings) : debugByCopy(invocation, item, settings)
}

const letters = 'bcdfghjklmnpqrstvwxz2456789'
const suffix = (): string => Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('')

function newContainer({ flags }: Invocation, name: string, { image, line }: Settings): any {
  const env = flags.list('env').map((pair) => ({ name: pair.slice(0, pair.indexOf('=')), value: pair.slice(pair.indexOf('=') + 1) }))
  const policy = flags.string('image-pull-policy')
  return {
    name,
    image,
    ...(env.length > 0 ? { env } : {}),
    ...(policy ? { imagePullPolicy: policy } : {}),
    ...(flags.bool('stdin') ? { stdin: true } : {}),
    terminationMessagePolicy: 'File',
    ...(flags.bool('tty') ? { tty: true } : {}),
    ...(line.length > 0 ? { [flags.bool('arguments-only') ? 'args' : 'command']: [...line] } : {}),
  }
}

/** The profile, then the user's own changes to it. */
async function applyProfile({ flags }: Invocation, pod: any, container: any, style: DebugStyle, { keep, custom }: Settings): Promise<void> {
  profiles[flags.string('profile')]!(pod, container, style, keep)
  if (!custom) return
  const [{ applyStrategicMergePatch }, { lookupType }] = await Promise.all([import('#apimachinery/patch/index.ts'), import('#api/scheme.ts')])
  const wrapped = (each: any): any => ({ apiVersion: 'v1', kind: 'Pod', spec: { containers: [each] } })
  const merged: any = applyStrategicMergePatch(lookupType('v1', 'Pod')!, wrapped(cloneJson(container)), wrapped({ ...custom, name: container.name }))
  for (const key of Object.keys(container)) delete container[key]
  Object.assign(container, merged.spec.containers[0])
}

function containerName({ flags, out }: Invocation, pod: any): string {
  if (flags.string('container') !== '') return flags.string('container')
  const taken = new Set(
    [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? []), ...(pod.spec.ephemeralContainers ?? [])].map(({ name }: any) => name),
  )
  let name: string
  do name = `debugger-${suffix()}`
  while (taken.has(name))
  if (!flags.bool('quiet')) out(`Defaulting debug container name to ${name}.\n`)
  return name
}

function warnOfUser({ err }: Invocation, container: any, pod: any): void {
  const user = pod.spec.securityContext?.runAsUser
  const context = container?.securityContext
  if (!user || !context || context.runAsUser === 0) return
  if (!context.privileged && !context.capabilities?.add?.length) return
  err(
    'Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not work. Please consider using "--custom" with a custom profile that specifies "securityContext.runAsUser: 0".\n',
  )
}

async function debugInside(invocation: Invocation, item: Item, settings: Settings): Promise<{ pod: any; container: string }> {
  const name = containerName(invocation, item.object)
  const target = invocation.flags.string('target')
  const container = { ...newContainer(invocation, name, settings), ...(target ? { targetContainerName: target } : {}) }
  const copy = cloneJson(item.object)
  const before: any[] = copy.spec.ephemeralContainers ?? []
  copy.spec.ephemeralContainers = [...before, container]
  // A name that is taken is for the server to refuse: upstream's profile goes to the first container of that name.
  const taken = before.find((each) => each.name === name)
  const profiled = taken ?? container
  await applyProfile(invocation, copy, profiled, 'ephemeral', settings)
  warnOfUser(invocation, profiled, copy)
  const patch = taken ? { spec: { ephemeralContainers: [taken, container] } } : ((await patchBetween(item.object, copy))?.patch ?? {})
  const pod = await patchObject(invocation, item, 'strategic', patch, { subresource: 'ephemeralcontainers' })
  return { pod, container: name }
}

async function debugByCopy(invocation: Invocation, item: Item, settings: Settings): Promise<{ pod: any; container: string }> {
  const { flags } = invocation
  const { metadata, spec } = cloneJson(item.object)
  const copy: any = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: flags.string('copy-to'),
      namespace: metadata.namespace,
      ...(metadata.labels ? { labels: metadata.labels } : {}),
      ...(metadata.annotations ? { annotations: metadata.annotations } : {}),
    },
    spec,
  }
  delete spec.ephemeralContainers
  if (!flags.bool('same-node')) delete spec.nodeName
  if (flags.changed('share-processes')) spec.shareProcessNamespace = flags.bool('share-processes')
  const everywhere = settings.images['*']
  for (const each of [...spec.containers, ...(spec.initContainers ?? [])]) each.image = settings.images[each.name] ?? everywhere ?? each.image
  let name = flags.string('container')
  let container = spec.containers.find((each: any) => each.name === name)
  if (container) Object.assign(container, changesOf(invocation, settings))
  else if (settings.image !== '') {
    name = containerName(invocation, copy)
    container = newContainer(invocation, name, settings)
    spec.containers.push(container)
  } else if (name !== '') throw new CommandError(`error: you must specify image when creating new container`)
  if (container) await applyProfile(invocation, copy, container, 'copy', settings)
  else profiles[flags.string('profile')]!(copy, {}, 'copy', settings.keep)
  warnOfUser(invocation, container, copy)
  const pod = await createObject(invocation, { ...item, object: copy })
  if (flags.bool('replace')) await deleteObject(invocation, item, { gracePeriodSeconds: 0 })
  return { pod, container: name }
}

function changesOf({ flags }: Invocation, { image, line }: Settings): object {
  const args = flags.bool('arguments-only')
  return {
    ...(line.length > 0 ? (args ? { args: [...line] } : { command: [...line], args: undefined }) : {}),
    ...(image !== '' ? { image } : {}),
    ...(flags.string('image-pull-policy') ? { imagePullPolicy: flags.string('image-pull-policy') } : {}),
    stdin: flags.bool('stdin'),
    tty: flags.bool('tty'),
  }
}

async function debugNode(invocation: Invocation, { object: node }: Item, settings: Settings): Promise<{ pod: any; container: string }> {
  const { flags, out, session } = invocation
  const name = `node-debugger-${node.metadata.name}-${suffix()}`
  const container = newContainer(invocation, flags.string('container') || 'debugger', settings)
  if (!flags.bool('quiet')) out(`Creating debugging pod ${name} with container ${container.name} on node ${node.metadata.name}.\n`)
  const namespace = await session.namespace()
  const draft: any = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/managed-by': 'kubectl-debug' } },
    spec: { containers: [container], nodeName: node.metadata.name, restartPolicy: 'Never', tolerations: [{ operator: 'Exists' }] },
  }
  await applyProfile(invocation, draft, container, 'node', settings)
  const pod = await createObject(invocation, { resource: await builtIn(invocation, 'v1', 'Pod'), namespace, object: draft })
  return { pod, container: container.name }
}

async function attachWhenRunning(invocation: Invocation, created: any, name: string): Promise<number> {
  const { flags, err, io } = invocation
  const item = itemOf(await builtIn(invocation, 'v1', 'Pod'), created)
  for await (const pod of objectChanges(invocation, item, Number.POSITIVE_INFINITY)) {
    if (pod === undefined) throw new CommandError('Error from server (NotFound): pods "" not found')
    const { containerStatuses = [], ephemeralContainerStatuses = [], initContainerStatuses = [] } = pod.status ?? {}
    const statuses: any[] = [...containerStatuses, ...ephemeralContainerStatuses, ...initContainerStatuses]
    const { running, terminated, waiting } = statuses.find((each) => each.name === name)?.state ?? {}
    if (terminated) {
      await printLog(invocation, pod, name)
      return 0
    }
    if (running) return attachOrLog(invocation, pod, { container: name })
    if (waiting?.message && !flags.bool('quiet')) err(warningLine(`container ${name}: ${waiting.message}`, io))
  }
  return 0
}
