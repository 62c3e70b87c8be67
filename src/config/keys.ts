import { z } from 'zod'
import { sections } from './schema.ts'
import type { ConfigKey } from './schema.ts'

/** Says how a value is written in an environment variable. */
type ValueKind = 'text' | 'number' | 'boolean' | 'list'

/** Everything known about one configuration key. */
export interface KeyInfo {
  key: ConfigKey
  section: string
  name: string
  /** The environment variable that overrides it. */
  variable: string
  kind: ValueKind
  /** True if null switches it off. */
  nullable: boolean
  /** Never shown, and may come from the file that `<variable>_FILE` names. */
  secret: boolean
  description: string
  /** The form of a valid value. */
  expected: string
  schema: z.ZodType
}

const secrets: readonly ConfigKey[] = ['llm.apiKey', 'auth.bootstrapKey', 'webhooks.endpoints']

function upperSnake(word: string): string {
  return word.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
}

function variableFor(section: string, name: string): string {
  return `ZAGUAN_${upperSnake(section)}__${upperSnake(name)}`
}

function kindOf(schema: z.core.$ZodType): ValueKind {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) return kindOf(schema.unwrap())
  if (schema instanceof z.ZodPipe) return kindOf(schema.in)
  if (schema instanceof z.ZodNumber) return 'number'
  if (schema instanceof z.ZodBoolean) return 'boolean'
  return schema instanceof z.ZodArray ? 'list' : 'text'
}

function describeKey(section: string, name: string, schema: z.ZodType): KeyInfo {
  const key = `${section}.${name}` as ConfigKey
  const { description = '', expected } = schema.meta() ?? {}
  return {
    key,
    section,
    name,
    variable: variableFor(section, name),
    kind: kindOf(schema),
    nullable: schema.safeParse(null).success,
    secret: secrets.includes(key),
    description,
    expected: String(expected),
    schema,
  }
}

/** All keys in the order of the documentation. */
export const keys: readonly KeyInfo[] = Object.entries(sections).flatMap(([section, { shape }]) =>
  Object.entries(shape).map(([name, schema]) => describeKey(section, name, schema)),
)
