/** kubectl set subject: more subjects in a binding; those that are there already are left alone. */
import { equalJson } from '#apimachinery/json-value.ts'
import { CommandError } from '../../errors.ts'
import type { Command, Invocation } from '../../types.ts'
import { applyChange, refuseAllWithSelector, setFlags, setItems } from './change.ts'

const api = 'rbac.authorization.k8s.io'

export const command: Command = {
  summary: 'Update the user, group, or service account in a role binding or cluster role binding.',
  usage: '(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  examples: ['kubectl set subject rolebinding admin --user=admin1 --user=user1 --group=group1'],
  flags: [
    ...setFlags,
    { name: 'group', type: 'stringArray', usage: 'Groups to bind to the role' },
    { name: 'serviceaccount', type: 'stringArray', usage: 'Service accounts to bind to the role' },
    { name: 'user', type: 'stringArray', usage: 'Usernames to bind to the role' },
  ],
  async run(invocation) {
    const items = await setItems(invocation, invocation.args)
    refuseAllWithSelector(invocation)
    const { flags } = invocation
    if (['user', 'group', 'serviceaccount'].every((name) => flags.list(name).length === 0))
      throw new CommandError('error: you must specify at least one value of user, group or serviceaccount')
    const subjects = await subjectsOf(
      invocation,
      items.some(({ object }) => object.kind === 'ClusterRoleBinding'),
    )
    await applyChange(invocation, items, {
      past: 'subjects updated',
      refused: 'failed to patch subjects to rolebinding:',
      change(copy) {
        if (copy.kind !== 'RoleBinding' && copy.kind !== 'ClusterRoleBinding')
          throw new Error('setting subjects is only supported for RoleBinding/ClusterRoleBinding')
        const before: any[] = copy.subjects ?? []
        const more = subjects.filter((subject) => !before.some((each) => equalJson(each, subject)))
        if (more.length > 0) copy.subjects = [...before, ...more]
      },
    })
  },
}

async function subjectsOf({ flags, session }: Invocation, forCluster: boolean): Promise<any[]> {
  const unique = (name: string): string[] => [...new Set(flags.list(name))].sort()
  const own = await session.namespace()
  return [
    ...unique('user').map((name) => ({ apiGroup: api, kind: 'User', name })),
    ...unique('group').map((name) => ({ apiGroup: api, kind: 'Group', name })),
    ...unique('serviceaccount').map((text) => {
      const [namespace = '', name = '', ...more] = text.split(':')
      if (name === '' || more.length > 0) throw new CommandError('error: serviceaccount must be <namespace>:<name>')
      if (forCluster && namespace === '') throw new CommandError('error: serviceaccount must be <namespace>:<name>, namespace must be specified')
      return { kind: 'ServiceAccount', name, namespace: namespace || own }
    }),
  ]
}
