import type { GroupInfo } from '../../../src/features/chats/group.ts'

/** The settings of a group in which every member may write and change everything. */
export const plainGroup = {
  description: null,
  addressing: 'lid',
  announce: false,
  locked: false,
  onlyAdminsAdd: false,
  joinApproval: false,
  disappearsAfter: null,
} as const satisfies Partial<GroupInfo>
