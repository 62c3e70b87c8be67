import { z } from 'zod'
import type { DataFacts } from '../db/backup/copied-data.ts'

const count = z.int().min(0)

/**
 * Describes a backup, as `manifest.json` within it. Its words are the product's, not those of a database: another engine would
 * write the same, with other parts.
 */
export const Manifest = z.object({
  /** The version of this format. */
  format: z.literal(1),
  product: z.literal('zaguan'),
  /** The version of the program. */
  version: z.string().max(100),
  createdAt: z.iso.datetime(),
  /** Each account, with the number of its newest event: everything up to there is in the backup, and nothing after. */
  accounts: z
    .array(z.object({ id: z.int().positive(), network: z.enum(['whatsapp', 'sandbox']), eventSeq: count }))
    .max(100_000),
  counts: z.object({
    accounts: count,
    customers: count,
    chats: count,
    messages: count,
    events: count,
    files: count,
  }),
  /** Messages that were still to be sent. */
  waiting: count,
  /** The parts that hold the data, each with its engine and the number of its newest migration. */
  parts: z.array(z.object({ name: z.string().max(100), engine: z.literal('sqlite'), schema: count })).max(10),
  includes: z.object({
    /** The files of messages. */
    files: z.boolean(),
    /** The key that opens the sealed values. */
    key: z.boolean(),
    config: z.boolean(),
  }),
})

/** Describes a backup. */
export type Manifest = z.infer<typeof Manifest>

/** Writes the manifest of a backup. */
export function makeManifest(
  { accounts, counts, schemas, waiting }: DataFacts,
  about: Pick<Manifest, 'version' | 'createdAt' | 'includes'>,
): Manifest {
  const parts = Object.entries(schemas).map(([name, schema]) => ({ name, engine: 'sqlite' as const, schema }))
  return { format: 1, product: 'zaguan', ...about, accounts, counts, waiting, parts }
}
