import type { BaileysEventMap, BinaryNode, GroupMetadata, WASocket } from '@whiskeysockets/baileys'
import type { AccountId } from '../../core/ids.ts'
import type { ReadElsewhere, TypingSeen } from '../../features/chats/presence-marks.ts'
import { bareJid } from '../../core/jid.ts'
import type { PresenceRecords, Inbound } from '../../core/ports.ts'
import { Calls } from '../messages/calls.ts'
import type { ChannelNames } from './channels.ts'
import type { OwnIdentity } from '../content/context.ts'
import { addressOf } from '../messages/from-whatsapp.ts'
import type { GroupDirectory } from './groups.ts'
import { storeFirst } from '../signal/store-before-emit.ts'

type PresenceUpdate = BaileysEventMap['presence.update']
type ChatUpdate = BaileysEventMap['chats.update'][number]

/** Reads whether a person started or stopped typing; undefined for going online or offline. */
function typingSeen({ id, presences }: PresenceUpdate): TypingSeen | undefined {
  const chat = addressOf({ remoteJid: id })
  const states = Object.values(presences).map(({ lastKnownPresence }) => lastKnownPresence)
  if (!chat || states.length === 0 || states.includes('unavailable')) return undefined
  return { chat, on: states.some((state) => state === 'composing' || state === 'recording') }
}

/**
 * Reads the read mark set on the phone, from the app state: 0 is read and -1 is unread. The library also counts new
 * messages in this field, which we ignore.
 */
function chatRead({ id, unreadCount }: ChatUpdate): ReadElsewhere | undefined {
  if (!id || (unreadCount !== 0 && unreadCount !== -1)) return undefined
  const chat = addressOf({ remoteJid: id })
  return chat && { chat, read: unreadCount === 0 ? 'all' : 'none' }
}

/** Passes on the socket's reports of groups, typing, reading and calls. */
export function listenToGroups(
  { ev, ws }: Pick<WASocket, 'ev' | 'ws'>,
  to: {
    accountId: AccountId
    presence: PresenceRecords
    inbound: Pick<Inbound, 'messages'>
    me: () => OwnIdentity | undefined
    groups: GroupDirectory
    channels: ChannelNames
    fault: (error: unknown) => void
  },
): void {
  const { accountId, presence, inbound, me, groups, channels, fault } = to
  ev.on('presence.update', (update) => {
    const seen = typingSeen(update)
    if (seen) presence.typing(accountId, seen).catch(fault)
  })
  ev.on('chats.update', (updates) => {
    const read = updates.map(chatRead).filter((each) => each !== undefined)
    for (const each of read) presence.readElsewhere(accountId, each).catch(fault)
  })
  ev.on('groups.update', (updates) => {
    // Single changes arrive as notifications, below; these are complete descriptions, as answers to a query for all.
    const whole = updates.filter((group): group is GroupMetadata => Array.isArray(group.participants))
    if (whole.length > 0) groups.told(whole).catch(fault)
  })
  ev.on('newsletter-settings.update', ({ id, update }) => {
    const { name } = update as { name?: unknown }
    channels.renamed(id, name).catch(fault)
  })
  const onGroupNotification = (node: BinaryNode) =>
    node.attrs['type'] === 'w:gp2' ? groups.notified(node) : undefined
  storeFirst(ws, 'CB:notification', onGroupNotification, fault)
  const calls = new Calls()
  const called = (node: BinaryNode) => {
    const { id = '', lid = '' } = me() ?? {}
    const call = calls.read(node, [bareJid(id), bareJid(lid)], new Date())
    return call && inbound.messages(accountId, [call])
  }
  storeFirst(ws, 'CB:call', called, fault)
}
