import { account } from '../support/processes.ts'

const own = `${account}@s.whatsapp.net`
/** Base64 of 32 bytes: the key of a file, the secret of a poll. */
export const secret = Buffer.alloc(32, 5).toString('base64')

/** A message as `/chats/:jid/messages` and `/messages/:id` show it. */
export interface Shown {
  id: number
  text: string
  direction: string
  kind?: string
  details?: {
    poll?: { votes: unknown[] }
    event?: { going: number; answers: { answer: string }[] }
    [name: string]: unknown
  }
  media?: object
  reactions?: { emoji: string; fromMe: boolean }[]
  editedAt?: string
  deletedAt?: string
  formerTexts?: { text: string; change: string }[]
}

/** Returns the parts of a transcript that stay the same while files arrive and links are signed anew. */
export function saidIn(transcript: Shown[]) {
  return transcript.map(({ id, kind, text }) => ({ id, kind, text }))
}

export const file = {
  url: 'https://mmg.whatsapp.net/x',
  directPath: '/x',
  mediaKey: secret,
  fileSha256: secret,
  fileEncSha256: secret,
  fileLength: 10,
}
/** A voice note's waveform of 64 values. */
const columns = Buffer.from(Array.from({ length: 64 }, (_, n) => n)).toString('base64')

/** Returns the media that every API shows for a file as its sender describes it. */
function saying(mimeType: string, facts: object): { media: object } {
  const nothing = { seconds: null, width: null, height: null, voice: false, animated: false }
  return { media: { mimeType, fileName: '', sizeBytes: 10, ...nothing, ...facts } }
}

export const options = [{ optionName: 'Lunes' }, { optionName: 'Martes' }]
const card = 'BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nTEL;waid=5491155550000:+54 9 11 5555-0000\nEND:VCARD'
const contextInfo = {
  mentionedJid: [own],
  isForwarded: true,
  forwardingScore: 2,
  expiration: 604_800,
  externalAdReply: { title: 'Oferta', sourceUrl: 'https://fb.me/1', sourceId: '12', ctwaClid: 'abc' },
}

/** Messages of a customer, each with the fields that every API shows of it. */
export const incoming: [string, object, Partial<Shown>][] = [
  ['a text', { conversation: 'hola' }, { text: 'hola' }],
  [
    'a link',
    {
      extendedTextMessage: {
        text: 'ver https://a.b',
        matchedText: 'https://a.b',
        title: 'A',
        description: 'B',
      },
    },
    {
      text: 'ver https://a.b',
      details: { linkPreview: { url: 'https://a.b', title: 'A', description: 'B' } },
    },
  ],
  [
    'mentions, forwarding, a timer and an advertisement',
    { extendedTextMessage: { text: 'x', contextInfo } },
    {
      text: 'x',
      details: {
        mentions: [own],
        forwarded: 2,
        disappearsAfter: 604_800,
        ad: { title: 'Oferta', body: '', sourceUrl: 'https://fb.me/1', sourceId: '12', clickId: 'abc' },
      },
    },
  ],
  [
    'a picture',
    { imageMessage: { ...file, mimetype: 'image/jpeg', caption: 'mirá', width: 1600, height: 1200 } },
    { kind: 'image', text: 'mirá', details: saying('image/jpeg', { width: 1600, height: 1200 }) },
  ],
  [
    'a video',
    { videoMessage: { ...file, mimetype: 'video/mp4', width: 640, height: 360, seconds: 9 } },
    {
      kind: 'video',
      text: '[video]',
      details: saying('video/mp4', { width: 640, height: 360, seconds: 9 }),
    },
  ],
  [
    'a GIF',
    { videoMessage: { ...file, mimetype: 'video/mp4', gifPlayback: true } },
    { kind: 'video', text: '[video]', details: saying('video/mp4', { animated: true }) },
  ],
  [
    'a voice note',
    { audioMessage: { ...file, mimetype: 'audio/ogg', ptt: true, seconds: 3, waveform: columns } },
    {
      kind: 'audio',
      text: '[audio]',
      details: saying('audio/ogg', { voice: true, seconds: 3, waveform: columns }),
    },
  ],
  [
    'a piece of music',
    { audioMessage: { ...file, mimetype: 'audio/mpeg', seconds: 180 } },
    { kind: 'audio', text: '[audio]', details: saying('audio/mpeg', { seconds: 180 }) },
  ],
  [
    'a file',
    { documentMessage: { ...file, fileName: 'a.pdf' } },
    {
      kind: 'document',
      text: 'a.pdf',
      details: saying('application/octet-stream', { fileName: 'a.pdf' }),
    },
  ],
  [
    'a sticker that moves',
    { stickerMessage: { ...file, mimetype: 'image/webp', width: 512, height: 512, isAnimated: true } },
    {
      kind: 'sticker',
      text: '[sticker]',
      details: saying('image/webp', { width: 512, height: 512, animated: true }),
    },
  ],
  [
    'a picture to be seen once',
    { viewOnceMessageV2: { message: { imageMessage: { ...file, caption: 'secreto' } } } },
    { kind: 'image', text: '[image]', details: { viewOnce: true } },
  ],
  [
    'a place',
    {
      locationMessage: {
        degreesLatitude: -34.6,
        degreesLongitude: -58.4,
        name: 'Obelisco',
        address: 'Centro',
      },
    },
    {
      kind: 'location',
      text: 'Obelisco',
      details: {
        location: { latitude: -34.6, longitude: -58.4, name: 'Obelisco', address: 'Centro', live: false },
      },
    },
  ],
  [
    'a place that moves',
    { liveLocationMessage: { degreesLatitude: 1, degreesLongitude: 2, caption: 'voy', sequenceNumber: 1 } },
    {
      kind: 'location',
      text: 'voy',
      details: { location: { latitude: 1, longitude: 2, name: '', address: '', live: true } },
    },
  ],
  [
    'a contact card',
    { contactMessage: { displayName: 'Ana', vcard: card } },
    {
      kind: 'contact',
      text: 'Ana',
      details: { contacts: [{ name: 'Ana', phones: ['+54 9 11 5555-0000'], vcard: card }] },
    },
  ],
  [
    'several contact cards',
    {
      contactsArrayMessage: {
        displayName: '2 contactos',
        contacts: [
          { displayName: 'Ana', vcard: card },
          { displayName: 'Ana', vcard: card },
        ],
      },
    },
    {
      kind: 'contact',
      text: '2 contactos',
      details: { contacts: Array(2).fill({ name: 'Ana', phones: ['+54 9 11 5555-0000'], vcard: card }) },
    },
  ],
  [
    'a poll',
    { pollCreationMessageV3: { name: '¿Cuándo?', options, selectableOptionsCount: 1 } },
    {
      kind: 'poll',
      text: '¿Cuándo?',
      details: {
        poll: {
          question: '¿Cuándo?',
          options: options.map(({ optionName }) => ({ name: optionName, votes: 0 })),
          selectable: 1,
          votes: [],
        },
      } as NonNullable<Shown['details']>,
    },
  ],
  [
    'a row of a list',
    { listResponseMessage: { title: 'Corte', singleSelectReply: { selectedRowId: 'r1' } } },
    { text: 'Corte', details: { choice: { id: 'r1', title: 'Corte', description: '' } } },
  ],
  [
    'a button',
    { buttonsResponseMessage: { selectedButtonId: 'si', selectedDisplayText: 'Sí' } },
    { text: 'Sí', details: { choice: { id: 'si', title: 'Sí', description: '' } } },
  ],
  [
    'a button of a template',
    { templateButtonReplyMessage: { selectedId: 'si', selectedDisplayText: 'Sí' } },
    { text: 'Sí', details: { choice: { id: 'si', title: 'Sí', description: '' } } },
  ],
  [
    'an event',
    { eventMessage: { name: 'Asado', startTime: 1_700_000_000 } },
    {
      kind: 'event',
      text: 'Asado',
      details: {
        facts: { name: 'Asado', startsAt: '2023-11-14T22:13:20.000Z' },
        event: { going: 0, answers: [] },
      },
    },
  ],
  [
    'an order',
    {
      orderMessage: {
        orderId: '9',
        itemCount: 2,
        totalAmount1000: 1500,
        totalCurrencyCode: 'ARS',
        message: 'quiero',
      },
    },
    {
      kind: 'order',
      text: 'quiero',
      details: { facts: { orderId: '9', items: 2, total: 1.5, currency: 'ARS' } },
    },
  ],
  [
    'a product',
    { productMessage: { product: { productId: '7', title: 'Mate', priceAmount1000: 2000 } } },
    { kind: 'product', text: 'Mate', details: { facts: { productId: '7', title: 'Mate', price: 2 } } },
  ],
  [
    'what this version does not know',
    { requestPhoneNumberMessage: { contextInfo: { stanzaId: 'X' } } },
    { kind: 'unsupported', text: '[unsupported]' },
  ],
]
