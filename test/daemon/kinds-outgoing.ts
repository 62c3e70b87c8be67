import { expect } from 'vitest'
import { filmOf } from '../support/files.ts'
import { pngOf, recording, turnedJpeg, webpPicture } from '../support/pictures.ts'
import { options } from './kinds-incoming.ts'

const film = filmOf({ seconds: 9, width: 640, height: 360, turned: true })
const columns = expect.stringMatching(/^[\w+/=]{88}$/) as string

/** A file, how it is to be sent, what a customer's phone gets of it, and what every API shows. */
export const outgoingFiles: [string, Buffer, object, { message: object; facts: object }][] = [
  [
    'a picture',
    await pngOf(320, 160),
    {},
    {
      message: { imageMessage: { mimetype: 'image/png', width: 320, height: 160, caption: 'esto' } },
      facts: { mimeType: 'image/png', width: 320, height: 160, seconds: null },
    },
  ],
  [
    'a picture that was taken upright',
    turnedJpeg,
    {},
    {
      message: { imageMessage: { mimetype: 'image/jpeg', width: 64, height: 96 } },
      facts: { width: 64, height: 96 },
    },
  ],
  [
    'a video',
    film,
    { gif: true },
    {
      message: { videoMessage: { width: 360, height: 640, seconds: 9, gifPlayback: true, caption: 'esto' } },
      facts: { width: 360, height: 640, seconds: 9, animated: true },
    },
  ],
  [
    'a voice note',
    recording,
    {},
    {
      message: { audioMessage: { seconds: 1, ptt: true, waveform: columns } },
      facts: { seconds: 1, voice: true, waveform: columns },
    },
  ],
  [
    'a recording as music',
    recording,
    { voice: false },
    {
      message: { audioMessage: { seconds: 1, ptt: false, mimetype: 'audio/ogg; codecs=opus' } },
      facts: { seconds: 1, voice: false },
    },
  ],
  [
    'a sticker',
    webpPicture,
    { type: 'sticker' },
    {
      message: { stickerMessage: { width: 96, height: 64, isAnimated: false } },
      facts: { width: 96, height: 64, animated: false },
    },
  ],
  [
    'a film as a document',
    film,
    { type: 'document', fileName: 'film.mp4' },
    {
      message: {
        documentWithCaptionMessage: {
          message: { documentMessage: { fileName: 'film.mp4', caption: 'esto' } },
        },
      },
      facts: { fileName: 'film.mp4', width: null, seconds: null },
    },
  ],
]

/** Bodies of `POST /send` without the recipient, each with the message that the customer's phone decrypts. */
export const outgoing: [string, object, object][] = [
  ['a text', { message: 'hola' }, { extendedTextMessage: { text: 'hola' } }],
  [
    'a link with mentions, forwarded',
    {
      message: 'ver https://a.b @5491112345678',
      linkPreview: { url: 'https://a.b', title: 'A', description: 'B' },
      mentions: ['5491112345678'],
      forwarded: true,
    },
    {
      extendedTextMessage: {
        text: 'ver https://a.b @5491112345678',
        matchedText: 'https://a.b',
        title: 'A',
        description: 'B',
        contextInfo: {
          mentionedJid: ['5491112345678@s.whatsapp.net'],
          isForwarded: true,
          forwardingScore: 1,
        },
      },
    },
  ],
  [
    'a place',
    { location: { latitude: -34.6, longitude: -58.4, name: 'Obelisco', address: 'Centro' } },
    {
      locationMessage: {
        degreesLatitude: -34.6,
        degreesLongitude: -58.4,
        name: 'Obelisco',
        address: 'Centro',
      },
    },
  ],
  [
    'a contact card',
    { contact: { name: 'Ana', phones: ['5491155550000'] } },
    {
      contactMessage: {
        displayName: 'Ana',
        vcard: expect.stringContaining('waid=5491155550000:+5491155550000') as string,
      },
    },
  ],
  [
    'a poll',
    { poll: { question: '¿Cuándo?', options: ['Lunes', 'Martes'] } },
    { pollCreationMessageV3: { name: '¿Cuándo?', options, selectableOptionsCount: 1 } },
  ],
  [
    'buttons as numbers',
    { message: '¿Sí?', buttons: ['Sí', 'No'] },
    { extendedTextMessage: { text: '¿Sí?\n\n1. Sí\n2. No' } },
  ],
  [
    'a list as numbers',
    { message: 'Elija:', list: [{ title: 'Corte', description: '20 min' }, { title: 'Color' }] },
    { extendedTextMessage: { text: 'Elija:\n\n1. Corte – 20 min\n2. Color' } },
  ],
]
