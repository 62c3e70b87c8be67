import type { AccountId } from '../core/ids.ts'
export interface TemplatesTable {
  account_id: AccountId
  name: string
  /** As JSON: the text of each language. */
  texts: string
  created_at: number
  updated_at: number
}

export interface TemplateTables {
  templates: TemplatesTable
}
