import { proto } from '@whiskeysockets/baileys'

/** Fields of messages that phones write and the library's protobuf (7.0.0-rc14) has not. */
const fields = { pollCreationV6: 119, pollAddOption: 121 } as const
const allowAddOption = Buffer.from([11 * 8, 1])

/** What goes behind the fields that the library writes. Copies of a message keep it. */
const behind = Symbol('newer than the library')

type Written = proto.IMessage & { [behind]?: Buffer }

/** A poll that others may add options to, which phones write in a field of its own. */
export function withOpenPoll(message: proto.IMessage, poll: object): proto.IMessage {
  const { PollCreationMessage } = proto.Message
  const content = PollCreationMessage.encode(PollCreationMessage.fromObject(poll)).finish()
  const field = delimited(fields.pollCreationV6, Buffer.concat([content, allowAddOption]))
  return Object.assign(message, { [behind]: field })
}

/** A message that adds an option to a poll. */
export function addedOption(poll: proto.IMessageKey, optionName: string): Buffer {
  const key = proto.MessageKey.encode(poll).finish()
  const option = proto.Message.PollCreationMessage.Option.encode({ optionName }).finish()
  return delimited(fields.pollAddOption, Buffer.concat([delimited(1, key), delimited(2, option)]))
}

/** The bytes of a message with all of its fields. */
export function encoded(message: Written): Buffer {
  return Buffer.concat([proto.Message.encode(message).finish(), message[behind] ?? Buffer.alloc(0)])
}

function delimited(field: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(content.length)]), content])
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}
