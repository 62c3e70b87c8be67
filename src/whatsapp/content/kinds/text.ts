import type { proto } from '@whiskeysockets/baileys'
import { label, words } from '../checked.ts'
import type { Reading } from '../reading.ts'
import { quoteWords } from './module.ts'
import type { KindModule, SentOf } from './module.ts'

export const text: KindModule<'text'> = {
  read: {
    conversation: (said) => ({ kind: 'text', text: words(said) }),
    extendedTextMessage: readText,
  },
  // Phones send plain texts as extended text, which has fields for a quote and a preview.
  write: (message, context) => ({
    extendedTextMessage: { text: message.text, ...writePreview(message), ...context },
  }),
  quote: quoteWords,
  hasSecret: true,
}

function readText(part: proto.Message.IExtendedTextMessage): Reading {
  const reading = { kind: 'text', text: words(part.text) } as const
  const url = label(part.matchedText, 2000)
  if (url === '') return reading
  const preview = { url, title: label(part.title, 300), description: label(part.description, 1000) }
  return { ...reading, details: { linkPreview: preview } }
}

function writePreview({ details }: SentOf<'text'>): proto.Message.IExtendedTextMessage {
  if (!details?.linkPreview) return {}
  const { url, title, description } = details.linkPreview
  return { matchedText: url, title, description, previewType: 0 }
}
