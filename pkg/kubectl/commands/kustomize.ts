/** kubectl kustomize: prints what -k would apply. */
import { resolve } from 'node:path'
import { CommandError } from '../errors.ts'
import { buildObjects, kustomizationTarget } from '../kustomize.ts'
import type { Command } from '../types.ts'

export const command: Command = {
  summary: 'Build a kustomization target from a directory or URL',
  usage: 'DIR [flags]',
  flags: [
    { name: 'enable-alpha-plugins', type: 'bool', default: 'false', usage: 'enable kustomize plugins' },
    { name: 'enable-helm', type: 'bool', default: 'false', usage: 'Enable use of the Helm chart inflator generator.' },
    { name: 'as-current-user', type: 'bool', default: 'false', usage: 'Run functions of containers as the current user' },
    { name: 'env', short: 'e', type: 'stringArray', usage: 'Environment of functions' },
    { name: 'helm-api-versions', type: 'stringArray', usage: 'API versions for the Helm chart generator' },
    { name: 'helm-command', type: 'string', default: 'helm', usage: 'Helm command' },
    { name: 'helm-debug', type: 'bool', default: 'false', usage: 'Verbose output of the Helm command' },
    { name: 'helm-kube-version', type: 'string', usage: 'Kubernetes version for the Helm chart generator' },
    { name: 'mount', type: 'stringArray', usage: 'Mounts of functions' },
    { name: 'network', type: 'bool', default: 'false', usage: 'Let functions that ask for it use the network' },
    { name: 'network-name', type: 'string', default: 'bridge', usage: 'The network that functions run in' },
    {
      name: 'enable-managedby-label',
      type: 'bool',
      default: 'false',
      hidden: true,
      deprecated: 'The flag `enable-managedby-label` has been deprecated. Use the `managedByLabel` option in the `buildMetadata` field instead.',
      usage: 'enable adding app.kubernetes.io/managed-by',
    },
    {
      name: 'load-restrictor',
      type: 'string',
      default: 'LoadRestrictionsRootOnly',
      usage:
        "if set to 'LoadRestrictionsNone', local kustomizations may load files from outside their root. This does, however, break the relocatability of the kustomization.",
    },
    { name: 'output', short: 'o', type: 'string', usage: 'If specified, write output to this path.' },
    {
      name: 'reorder',
      hidden: true,
      deprecated: "use the new 'sortOptions' field in kustomization.yaml instead.",
      type: 'string',
      default: 'legacy',
      usage:
        "Reorder the resources just before output. Use 'legacy' to apply a legacy reordering (Namespaces first, Webhooks last, etc). Use 'none' to suppress a final reordering.",
    },
  ],
  async run({ args, flags, io, out, err }) {
    if (args.length > 1) throw new CommandError('error: specify one path to kustomization.yaml')
    const restrictor = flags.string('load-restrictor')
    if (restrictor !== 'LoadRestrictionsRootOnly' && restrictor !== 'LoadRestrictionsNone') {
      throw new CommandError(`error: illegal flag value --load-restrictor ${restrictor}; legal values: [LoadRestrictionsRootOnly LoadRestrictionsNone]`)
    }
    const order = flags.string('reorder')
    if (order !== 'legacy' && order !== 'none') throw new CommandError(`error: illegal flag value --reorder ${order}; legal values: [legacy none]`)
    const objects = await buildObjects(await kustomizationTarget(io.cwd, args[0] ?? '.'), {
      order,
      rootOnly: restrictor === 'LoadRestrictionsRootOnly',
      helm: {
        enabled: flags.bool('enable-helm'),
        command: flags.string('helm-command'),
        apiVersions: flags.list('helm-api-versions'),
        kubeVersion: flags.string('helm-kube-version'),
        debug: flags.bool('helm-debug'),
      },
      addManagedByLabel: flags.bool('enable-managedby-label'),
      warn: (line) => err(`${line}\n`),
    })
    const { toYaml } = await import('../printers/yaml.ts')
    const text = objects.map(toYaml).join('---\n')
    if (flags.string('output') === '') out(text)
    else await writeOutput(resolve(io.cwd, flags.string('output')), text, objects)
  },
}

/** A folder gets a file for each object, named after its group, version, kind and name. */
async function writeOutput(path: string, text: string, objects: readonly any[]): Promise<void> {
  const { existsSync, statSync, writeFileSync } = await import('node:fs')
  const { join } = await import('node:path')
  if (!existsSync(path) || !statSync(path).isDirectory()) {
    writeFileSync(path, text)
    return
  }
  const { toYaml } = await import('../printers/yaml.ts')
  for (const object of objects) {
    const namespace = object.metadata.namespace ? `${object.metadata.namespace}_` : ''
    const name = [...object.apiVersion.split('/'), object.kind, object.metadata.name].join('_').toLowerCase().replaceAll(':', '_')
    writeFileSync(join(path, `${namespace}${name}.yaml`), toYaml(object))
  }
}
