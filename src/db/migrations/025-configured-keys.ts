import type { Migration } from '../migrate.ts'

/** Which keys stood in the configuration: of these only the last one opens anything. */
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
