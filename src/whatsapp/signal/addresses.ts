import {
  WAJIDDomains,
  isHostedPnUser,
  isLidUser,
  isHostedLidUser,
  isPnUser,
  jidDecode,
} from '@whiskeysockets/baileys'

/** The device number of an account that Meta hosts (Baileys' lib/Signal/libsignal.js); it has servers of its own. */
export const hostedDevice = 99
/** The domain of phone numbers, which addresses leave out. */
const phoneDomain: number = WAJIDDomains.WHATSAPP

/**
 * Returns the address under which a device's session is stored: `USER.DEVICE`, with the domain behind the user where it is not that
 * of phone numbers (`123456789_1.0`), as Baileys writes it (lib/Signal/libsignal.js).
 * @throws Error if the jid is not of a device
 */
export function addressOf(jid: string): string {
  const { user, device = 0, domainType = phoneDomain, server } = jidDecode(jid) ?? {}
  if (!user) throw new Error('a device without a user')
  if (device === hostedDevice && server !== 'hosted' && server !== 'hosted.lid') {
    throw new Error('a device with the number of hosted accounts, outside of their domains')
  }
  return domainType === phoneDomain ? `${user}.${device}` : `${user}_${domainType}.${device}`
}

/** Returns the name under which a member's key for a group is stored. @throws Error if the jid is not of a device */
export function senderKeyNameOf(group: string, jid: string): string {
  const address = addressOf(jid)
  const dot = address.lastIndexOf('.')
  return `${group}::${address.slice(0, dot)}::${address.slice(dot + 1)}`
}

/** Tells whether a jid is of a phone number, which may have a LID. */
export function isOfPhone(jid: string): boolean {
  return isPnUser(jid) === true || isHostedPnUser(jid) === true
}

/** Tells whether a jid is a LID. */
export function isOfLid(jid: string): boolean {
  return isLidUser(jid) === true || isHostedLidUser(jid) === true
}
