import type { AccountId } from '../../core/ids.ts'
/** Texts with variables. */
export interface TemplatesTable {
  account_id: AccountId
  name: string
  /** JSON: the text of each language. */
  texts: string
  created_at: number
  updated_at: number
}

/** Lists the tables of templates. */
export interface TemplateTables {
  templates: TemplatesTable
}
