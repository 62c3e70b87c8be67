import type { RouteSpec } from './route.ts'

/** Holds the rules for all routes of a tag. */
interface TagRules {
  /** Description of the tag in the OpenAPI document; undefined: its name. */
  description?: string
  /**
   * A printed document describes the routes, and clients know nothing else: unknown query parameters are ignored and named in
   * `X-Ignored-Parameters`, and a refused media type is answered with 400.
   */
  isDocumented?: boolean
  /** Keys of the plan `free` have access. */
  admitsFreePlan?: boolean
}

/** Lists the rules by tag; a tag without an entry has none. */
export type Tags = Readonly<Record<string, TagRules>>

/** Holds a declaration with the rules of its tag. */
export type RuledSpec = RouteSpec & { isDocumented: boolean; admitsFreePlan: boolean }

/** Adds the rules of its tag to a declaration, which may be documented of its own. */
export function withRules(spec: RouteSpec, tags: Tags): RuledSpec {
  const { isDocumented = false, admitsFreePlan = false } = tags[spec.tag] ?? {}
  return { ...spec, isDocumented: spec.isDocumented ?? isDocumented, admitsFreePlan }
}
