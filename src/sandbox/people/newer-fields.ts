import { proto } from '@whiskeysockets/baileys'

/** Message fields that Baileys 7.0.0-rc14's protobuf lacks, by WhatsApp Web's own protocol description. */
const fields = { pollCreationV6: 119, pollAddOption: 121 } as const
const allowAddOption = Buffer.from([11 * 8, 1])

/** Bytes to append to the library's encoding. Copies of a message keep them. */
const behind = Symbol('newer than the library')

type Written = proto.IMessage & { [behind]?: Buffer }

/** Builds a poll that others may add options to; phones use a separate field for it. */
export function withOpenPoll(message: proto.IMessage, poll: object): proto.IMessage {
  const { PollCreationMessage } = proto.Message
  const content = PollCreationMessage.encode(PollCreationMessage.fromObject(poll)).finish()
  const field = delimited(fields.pollCreationV6, Buffer.concat([content, allowAddOption]))
  return Object.assign(message, { [behind]: field })
}

/** Builds a message that adds an option to a poll. */
export function addedOption(poll: proto.IMessageKey, optionName: string): Buffer {
  const key = proto.MessageKey.encode(poll).finish()
  const option = proto.Message.PollCreationMessage.Option.encode({ optionName }).finish()
  return delimited(fields.pollAddOption, Buffer.concat([delimited(1, key), delimited(2, option)]))
}

/** Encodes a message with all of its fields. */
export function encoded(message: Written): Buffer {
  return Buffer.concat([proto.Message.encode(message).finish(), message[behind] ?? Buffer.alloc(0)])
}

function delimited(field: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(content.length)]), content])
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}
