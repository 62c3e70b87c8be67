import type { Migration } from '../migrate.ts'

/** Adds the preview that phones show of a sent file before they have it. */
export const mediaPreviews: Migration = {
  about: 'how large pictures and films are, how long music plays, and small pictures, for what goes out',
  async up(db) {
    await db.schema.alterTable('media_uploads').addColumn('preview', 'text').execute()
    await db.schema.alterTable('media_uploads').addColumn('thumbnail', 'blob').execute()
  },
}
