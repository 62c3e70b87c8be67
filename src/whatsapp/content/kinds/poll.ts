import type { proto } from '@whiskeysockets/baileys'
import type { Poll } from '../../../core/content.ts'
import { hashOf } from '../../../features/messages/changes/poll-vote.ts'
import { label, numberWithin } from '../checked.ts'
import { takesOptions } from '../newer-fields.ts'
import type { Reading } from '../reading.ts'
import type { Context, KindModule, SentOf } from './module.ts'

export const poll: KindModule<'poll'> = {
  read: {
    pollCreationMessage: readPoll,
    pollCreationMessageV2: readPoll,
    pollCreationMessageV3: readPoll,
    pollCreationMessageV5: readPoll,
  },
  write: writePoll,
  quote: (text) => ({ pollCreationMessageV3: { name: text, options: [] } }),
  hasSecret: true,
  stanza: { additionalNodes: [{ tag: 'meta', attrs: { polltype: 'creation' } }] },
}

const maxOptions = 100

function readPoll(part: proto.Message.IPollCreationMessage): Reading {
  const raw = (part.options ?? []).slice(0, maxOptions).map(({ optionName }) => optionName ?? '')
  const options = raw.map((name) => label(name))
  const read: Poll = {
    question: label(part.name, 1000),
    options,
    selectable: numberWithin(part.selectableOptionsCount ?? 0, 0, maxOptions) ?? 0,
    ...(raw.every((name, i) => name === options[i]) ? {} : { hashes: raw.map(hashOf) }),
    ...(takesOptions(part) ? { open: true } : {}),
  }
  return { kind: 'poll', text: read.question, details: { poll: read } }
}

/** Writes a poll: phones use the third form for a single choice, the first for several. */
function writePoll({ details }: SentOf<'poll'>, context: Context): proto.IMessage {
  if (!details?.poll || details.secret === undefined) throw new Error('a poll needs options and a secret')
  const { question, options, selectable } = details.poll
  const content = {
    name: question,
    options: options.map((optionName) => ({ optionName })),
    selectableOptionsCount: selectable,
    ...context,
  }
  const messageContextInfo = { messageSecret: Buffer.from(details.secret, 'base64') }
  return selectable === 1
    ? { pollCreationMessageV3: content, messageContextInfo }
    : { pollCreationMessage: content, messageContextInfo }
}
