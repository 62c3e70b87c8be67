import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/**
 * Describes which part of a list or table is wrong, and by which limit: `coldPerDay is to be at most 1000`. Undefined
 * if the whole value is wrong and `expected …` says it all.
 */
export function detailOf(schema: z.ZodType, value: unknown): string | undefined {
  const { error } = schema.safeParse(value)
  const issue = error && closestIssue(error.issues, [])
  if (!issue) return undefined
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys : undefined
  if (unknown) return `unknown: ${unknown.map((key) => `"${key}"`).join(', ')}`
  if (issue.path.length === 0) return undefined
  const limit = limitOf(issue)
  return limit === undefined ? `${nameOf(issue.path)} is wrong` : `${nameOf(issue.path)} must be ${limit}`
}

/** Returns, of the faults of several alternatives, that of the alternative the value comes closest to. */
function closestIssue(issues: readonly Issue[], above: readonly PropertyKey[]): Issue | undefined {
  const all = issues.flatMap((issue): Issue[] => {
    const path = [...above, ...issue.path]
    if (issue.code !== 'invalid_union') return [{ ...issue, path }]
    const inner = issue.errors.flatMap((errors) => closestIssue(errors, path) ?? [])
    return inner.length > 0 ? inner : [{ ...issue, path }]
  })
  const weight = (issue: Issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 0.5 : 0)
  return all.toSorted((a, b) => weight(b) - weight(a))[0]
}

function limitOf(issue: Issue): string | undefined {
  if (issue.code === 'too_big') return `at most ${issue.maximum}`
  if (issue.code === 'too_small') return `at least ${issue.minimum}`
  if (issue.code === 'invalid_type')
    return issue.expected === 'int' ? 'a whole number' : `a ${issue.expected}`
  return undefined
}

/** Names a path as people count: `endpoints[1].url` is `url of item 2`. */
function nameOf(path: readonly PropertyKey[]): string {
  return path
    .toReversed()
    .map((part) => (typeof part === 'number' ? `item ${part + 1}` : String(part)))
    .join(' of ')
}
