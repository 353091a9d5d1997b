/** Validation of paths that are no resources, a wildcard at their end at most. */
import { type FieldError, type FieldPath, invalidValue } from '#apimachinery/field-error.ts'

export function validateUrlPath(path: string, at: FieldPath): FieldError[] {
  const why = complaint(path)
  return why ? [invalidValue(at, path, why)] : []
}

function complaint(path: string): string | undefined {
  if (path === '') return 'must not be empty'
  if (path === '/') return undefined
  if (!path.startsWith('/')) return 'must start with slash'
  if (path.includes(' ')) return 'must not contain white-space'
  if (path.includes('//')) return 'must not contain double slash'
  const wildcards = path.split('*').length - 1
  return wildcards > 1 || (wildcards === 1 && !path.endsWith('/*')) ? 'wildcard can only do suffix matching' : undefined
}
