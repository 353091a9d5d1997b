import type { Invocation } from '../types.ts'
export async function updateDependencies(_invocation: Invocation, _path: string, _options: { readonly skipRefresh: boolean }): Promise<void> {
  throw new Error('this is not supported by this helm yet')
}
