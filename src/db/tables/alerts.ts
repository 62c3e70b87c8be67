import type { AccountId } from '../../core/ids.ts'

interface AlertMarksTable {
  slot: string
  told_at: number
}

interface AlertCursorsTable {
  account_id: AccountId
  seq: number
}

/** Lists the tables of alerts. */
export interface AlertTables {
  alert_marks: AlertMarksTable
  alert_cursors: AlertCursorsTable
}
