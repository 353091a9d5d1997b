/** What the flags of install and upgrade say about how a release is changed. */
import type { ChangeOptions } from '../actions/install.ts'
import type { PostRender } from '../actions/types.ts'
import type { PostRenderStrategy } from '../release/post-render.ts'
import type { Invocation } from '../types.ts'
import { checkForce, dryRunOf, either, labelsOf, waitSettings } from './chart-flags.ts'

export async function postRenderOf(invocation: Invocation): Promise<{ postRender: PostRender; postRenderStrategy: PostRenderStrategy } | undefined> {
  const name = invocation.flags.string('post-renderer')
  if (name === '') return undefined
  const { postRenderer } = await import('../plugin/run.ts')
  return {
    postRender: await postRenderer(invocation, name, invocation.flags.list('post-renderer-args')),
    postRenderStrategy: invocation.flags.string('post-renderer-strategy') as PostRenderStrategy,
  }
}

export async function changeOptions(invocation: Invocation): Promise<Omit<ChangeOptions, 'serverSide'>> {
  const { flags } = invocation
  checkForce(invocation)
  return {
    dryRun: dryRunOf(invocation),
    forceConflicts: flags.bool('force-conflicts'),
    forceReplace: either(flags, 'force-replace', 'force'),
    takeOwnership: flags.bool('take-ownership'),
    noHooks: flags.bool('no-hooks'),
    wait: waitSettings(invocation),
    rollbackOnFailure: either(flags, 'rollback-on-failure', 'atomic'),
    description: flags.string('description'),
    labels: labelsOf(flags),
    subNotes: flags.bool('render-subchart-notes'),
    skipSchemaValidation: flags.bool('skip-schema-validation'),
    hideSecret: flags.bool('hide-secret'),
    ...(await postRenderOf(invocation)),
  }
}
