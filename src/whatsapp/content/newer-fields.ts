import { proto } from '@whiskeysockets/baileys'
import { extendMessageDecoding } from '../baileys-internals.ts'
import { fieldsOf } from '../messages/protobuf-fields.ts'

/**
 * Message fields of WhatsApp that Baileys 7.0.0-rc14's protobuf lacks and skips. Numbers and contents are from
 * WhatsApp Web's own protocol description.
 */
const fields = { pollCreationV6: 119, pollAddOption: 121, groupRootKeyShare: 123 } as const
const inPoll = { allowAddOption: 11 } as const
const inAddOption = { option: 2 } as const
/** The highest message field that the library knows. */
const newestKnown = 114
/** Fields that only carry keys. */
const silent = new Set<number>([fields.groupRootKeyShare])

/** Keeps the content of a message that the library has no fields for, if it has no other. Copies of a message keep it. */
const newer = Symbol('newer than the library')

interface Newer {
  /** The names of options that a person adds to a poll. */
  added: string[]
  /** The complete message, if neither we nor the library know some part of it. */
  unparsed: Uint8Array | undefined
}

type Read = proto.IMessage & { [newer]?: Newer }

const openPolls = new WeakSet<object>()
const maxOptions = 100

/** Returns the names of options that a message adds to a poll; empty for other messages. Hostile text. */
export function addedOptions(message: Read): readonly string[] {
  return message[newer]?.added ?? []
}

/** Returns the bytes of a message that is not empty but unreadable to the library; undefined for all others. */
export function unparsedBytes(message: Read): Uint8Array | undefined {
  return message[newer]?.unparsed
}

/** Tells whether others may add options to a poll. */
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
  const found: Newer = { added: [], unparsed: undefined }
  try {
    for (const { number, content } of fieldsOf(bytes)) {
      if (number <= newestKnown || silent.has(number)) continue
      if (number === fields.pollCreationV6 && content) message.pollCreationMessageV3 = readPoll(content)
      else if (number === fields.pollAddOption && content) found.added = readAdded(content)
      // Copied: the message is part of a larger buffer, which need not stay in memory.
      else found.unparsed = Buffer.from(bytes)
    }
  } catch {
    // The library skipped bytes that are no protobuf.
    found.unparsed = Buffer.from(bytes)
  }
  if (found.added.length > 0 || found.unparsed) message[newer] = found
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
