import { proto } from '@whiskeysockets/baileys'
import { extendMessageDecoding } from '../baileys-internals.ts'
import { fieldsOf } from '../messages/protobuf-fields.ts'

/**
 * Fields of a message that WhatsApp has and the library's protobuf (7.0.0-rc14) has not; it reads over them. Their numbers and
 * contents are those of WhatsApp Web's own description of the protocol.
 */
const fields = { pollCreationV6: 119, pollAddOption: 121, groupRootKeyShare: 123 } as const
const inPoll = { allowAddOption: 11 } as const
const inAddOption = { option: 2 } as const
/** The highest field of a message that the library knows. */
const newestKnown = 114
/** What only prepares the ground. */
const silent = new Set<number>([fields.groupRootKeyShare])

/** What a message has that the library does not read, where nothing else is in it. Copies of a message keep it. */
const newer = Symbol('newer than the library')

interface Newer {
  /** The names of options that somebody adds to a poll. */
  added: string[]
  /** The whole message, where something in it is known to nobody here. */
  unread: Uint8Array | undefined
}

type Read = proto.IMessage & { [newer]?: Newer }

const openPolls = new WeakSet<object>()
const maxOptions = 100

/** The names of the options that a message adds to a poll; empty where it is no such message. Hostile text. */
export function addedOptions(message: Read): readonly string[] {
  return message[newer]?.added ?? []
}

/** The bytes of a message of which the library read nothing although something is in it; undefined for all others. */
export function unreadBytes(message: Read): Uint8Array | undefined {
  return message[newer]?.unread
}

/** Whether others may add options to a poll. */
export function takesOptions(poll: proto.Message.IPollCreationMessage): boolean {
  return openPolls.has(poll)
}

const beside = new Set(['messageContextInfo', 'senderKeyDistributionMessage'])

extendMessageDecoding((message, bytes) => {
  if (Object.keys(message).some((field) => !beside.has(field))) return
  const { buffer, byteOffset, byteLength } = bytes()
  readNewer(message, Buffer.from(buffer, byteOffset, byteLength))
})

function readNewer(message: Read, bytes: Buffer): void {
  const found: Newer = { added: [], unread: undefined }
  try {
    for (const { number, content } of fieldsOf(bytes)) {
      if (number <= newestKnown || silent.has(number)) continue
      if (number === fields.pollCreationV6 && content) message.pollCreationMessageV3 = readPoll(content)
      else if (number === fields.pollAddOption && content) found.added = readAdded(content)
      // A copy: the message is part of something larger, which need not stay in memory.
      else found.unread = Buffer.from(bytes)
    }
  } catch {
    // The library read over something that is no protobuf.
    found.unread = Buffer.from(bytes)
  }
  if (found.added.length > 0 || found.unread) message[newer] = found
}

function readPoll(content: Buffer): proto.Message.PollCreationMessage {
  const poll = proto.Message.PollCreationMessage.decode(content)
  for (const { number, whole } of fieldsOf(content)) {
    if (number === inPoll.allowAddOption && whole.at(-1) === 1) openPolls.add(poll)
  }
  return poll
}

function readAdded(content: Buffer): string[] {
  const names: string[] = []
  for (const field of fieldsOf(content)) {
    if (field.number !== inAddOption.option || !field.content || names.length >= maxOptions) continue
    names.push(proto.Message.PollCreationMessage.Option.decode(field.content).optionName ?? '')
  }
  return names
}
