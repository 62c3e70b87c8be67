import { presentUsername, usernameField } from '../../shared/username.ts'
import { z } from 'zod'
import { groupRoles } from '../../../features/chats/group.ts'
import type { Group, GroupRole, Participant } from '../../../features/chats/group.ts'

/** A group with its members. */
export const GroupShape = z
  .object({
    jid: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    isMember: z.boolean().meta({ description: 'Whether this account is a member' }),
    onlyAdminsWrite: z.boolean(),
    onlyAdminsEdit: z
      .boolean()
      .meta({ description: 'Only administrators may change name, description and timer' }),
    onlyAdminsAdd: z.boolean().meta({ description: 'Only administrators may add members' }),
    joinApproval: z.boolean().meta({ description: 'New members need the approval of an administrator' }),
    disappearsAfter: z
      .int()
      .nullable()
      .meta({ description: 'Seconds until messages disappear; null: never' }),
    members: z.array(
      z.object({ jid: z.string(), name: z.string(), username: usernameField, role: z.enum(groupRoles) }),
    ),
  })
  .meta({ id: 'Group' })

/** Shows a group with its members. */
export function presentGroup(found: {
  group: Group
  people: readonly (Participant & { role: GroupRole })[]
}): z.input<typeof GroupShape> {
  const { jid, subject, description, isMember, announce, locked } = found.group
  const { onlyAdminsAdd, joinApproval, disappearsAfter } = found.group
  const members = found.people.map(({ jid: member, name, username, role }) => ({
    jid: member,
    name,
    ...presentUsername(username),
    role,
  }))
  return {
    jid,
    name: subject,
    description,
    isMember,
    onlyAdminsWrite: announce,
    onlyAdminsEdit: locked,
    onlyAdminsAdd,
    joinApproval,
    disappearsAfter,
    members,
  }
}
