import type { Migration } from '../migrate.ts'

/** Marks keys from the configuration: only the last one of these opens anything. */
export const configuredKeys: Migration = {
  about: 'which keys come from the configuration',
  async up(db) {
    await db.schema.alterTable('api_keys').addColumn('configured', 'text').execute()
    await db.schema
      .createIndex('api_keys_configured')
      .on('api_keys')
      .column('configured')
      .where('configured', 'is not', null)
      .execute()
  },
}
