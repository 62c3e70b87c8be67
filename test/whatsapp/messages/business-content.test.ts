import { proto } from '@whiskeysockets/baileys'
import { describe, expect, test } from 'vitest'
import { readContent } from '../../../src/whatsapp/content/read-content.ts'
import { detailsOf } from '../../support/details.ts'

/** As on the wire: encoded and decoded again, so that only what the protocol carries is read. */
const read = (message: object) => {
  const bytes = proto.Message.encode(proto.Message.fromObject(message)).finish()
  return readContent(proto.Message.decode(bytes), {
    key: { remoteJid: '5491112345678@s.whatsapp.net', id: 'A', fromMe: false },
    me: undefined,
  })
}
const answer = (body: string, paramsJson: string | undefined, name = 'flow') => ({
  interactiveResponseMessage: { body: { text: body }, nativeFlowResponseMessage: { name, paramsJson } },
})

describe('a form that a customer filled in', () => {
  test.each([
    ['', '{"nombre":"Ana Paz","servicio":"color"}', { nombre: 'Ana Paz', servicio: 'color' }],
    [
      'Sent',
      '{"flow_token":"t","full_name":"Ana Paz","address":"Calle 1"}',
      { full_name: 'Ana Paz', address: 'Calle 1' },
    ],
    [
      '',
      '{"values":{"name":"Ana","city":"Lanús"},"saved_address_id":"9"}',
      { name: 'Ana', city: 'Lanús', saved_address_id: '9' },
    ],
    [
      'Listo',
      '{"screen_0":{"days":["lunes","martes"],"people":3,"ok":true}}',
      { 'screen_0.days': 'lunes, martes', 'screen_0.people': '3', 'screen_0.ok': 'true' },
    ],
    ['', '[{"a":"uno"},{"a":"dos"}]', { '0.a': 'uno', '1.a': 'dos' }],
    ['', 'sin llaves', { answer: 'sin llaves' }],
    ['', '"solo texto"', { answer: 'solo texto' }],
  ])('is in the words and in the facts: %j %s', (body, json, facts) => {
    const content = read(answer(body, json))
    expect(content).toMatchObject({ kind: 'text', details: { facts } })
    for (const value of Object.values(facts)) expect(content?.text).toContain(value)
    expect(content?.text.startsWith('Sent')).toBe(false)
    if (body === 'Listo') expect(content?.text.startsWith('Listo\n')).toBe(true)
  })

  test('is a choice with its title where it is a list of a native flow', () => {
    const json = '{"id":"r1","title":"Norte","description":"Sucursal"}'
    expect(read(answer('', json, 'single_select'))).toMatchObject({
      text: 'Norte',
      details: { choice: { id: 'r1', title: 'Norte', description: 'Sucursal' } },
    })
  })

  test.each([
    '[',
    '{"a":'.repeat(500),
    `"${'x'.repeat(100_000)}"`,
    '{"__proto__":{"a":"1"}}',
    '[[[[[[[[[["tief"]]]]]]]]]]',
  ])('may be anything: %#', (json) => {
    const content = read(answer('Sí', json))
    expect(content?.kind).toBe('text')
    expect(JSON.stringify(content).length).toBeLessThan(70_000)
  })

  test('is bounded, also with thousands of fields', () => {
    const many = JSON.stringify(Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`f${n}`, 'x'])))
    expect(Object.keys(detailsOf(read(answer('', many))).facts ?? {})).toHaveLength(100)
  })
})

const flow = (name: string, params: object) => ({ name, buttonParamsJson: JSON.stringify(params) })
const native = (...buttons: object[]) => ({
  interactiveMessage: { body: { text: 'Hola' }, nativeFlowMessage: { buttons } },
})
const pdf = {
  fileName: 'factura.pdf',
  mimetype: 'application/pdf',
  mediaKey: Buffer.alloc(32, 1),
  fileSha256: Buffer.alloc(32, 2),
  directPath: '/x',
}
const link = { index: 0, urlButton: { displayText: 'Ver factura', url: 'https://seguros.example/f/123' } }

describe('an offer of a business', () => {
  test.each([
    [
      'a link',
      {
        templateMessage: {
          hydratedTemplate: {
            hydratedTitleText: 'Seguros',
            hydratedContentText: 'Su factura',
            hydratedFooterText: 'Gracias',
            hydratedButtons: [link],
          },
        },
      },
      'Su factura\nVer factura: https://seguros.example/f/123',
      { title: 'Seguros', footer: 'Gracias' },
    ],
    [
      'a number to call',
      {
        templateMessage: {
          hydratedFourRowTemplate: {
            hydratedContentText: 'x',
            hydratedButtons: [{ callButton: { displayText: 'Llamar', phoneNumber: '+541144445555' } }],
          },
        },
      },
      'x\nLlamar: +541144445555',
      {},
    ],
    [
      'a template that is not filled in',
      {
        templateMessage: {
          fourRowTemplate: {
            content: { elementName: 'saludo', params: ['Ana', 'lunes'] },
            buttons: [
              { urlButton: { displayText: { params: ['Ver'] }, url: { params: ['https://a.example/1'] } } },
            ],
          },
        },
      },
      'Ana lunes\nVer: https://a.example/1',
      {},
    ],
    [
      'a structured message',
      {
        highlyStructuredMessage: {
          elementName: 'x',
          hydratedHsm: { hydratedTemplate: { hydratedContentText: 'Hola', hydratedButtons: [link] } },
        },
      },
      'Hola\nVer factura: https://seguros.example/f/123',
      {},
    ],
    [
      'a link of a native flow',
      native(flow('cta_url', { display_text: 'Seguir', url: 'https://correo.example/2' })),
      'Hola\nSeguir: https://correo.example/2',
      { options: [{ kind: 'link', value: 'https://correo.example/2' }] },
    ],
    [
      'a code to copy',
      native(flow('cta_copy', { display_text: 'Copiar', copy_code: 'ABC123' })),
      'Hola\nCopiar: ABC123',
      { options: [{ kind: 'code', value: 'ABC123' }] },
    ],
    [
      'a list of a native flow',
      native(
        flow('single_select', {
          title: 'Ver',
          sections: [{ title: 'a', rows: [{ title: 'Norte', description: 'Calle 1', id: '7' }] }],
        }),
      ),
      'Hola\n• Norte: Calle 1',
      { options: [{ kind: 'row', value: '7' }] },
    ],
    [
      'a way to pay',
      native(
        flow('payment_info', {
          payment_settings: [{ type: 'pix_static_code', pix_static_code: { key: 'ana@pix.example' } }],
        }),
      ),
      /ana@pix\.example/,
      { options: [{ kind: 'other' }] },
    ],
    [
      'rows of a list',
      {
        listMessage: {
          title: 'Menú',
          description: 'Elegí',
          footerText: 'pie',
          sections: [{ title: 'a', rows: [{ title: 'Sucursal Norte', rowId: '1' }] }],
        },
      },
      'Elegí\n• Sucursal Norte',
      { title: 'Menú', footer: 'pie' },
    ],
    [
      'buttons',
      {
        buttonsMessage: {
          contentText: '¿Sí?',
          buttons: [{ buttonId: '1', buttonText: { displayText: 'Acepto' } }],
        },
      },
      '¿Sí?\n• Acepto',
      { options: [{ kind: 'reply', value: '1' }] },
    ],
    [
      'a carousel',
      {
        interactiveMessage: {
          body: { text: 'Ofertas' },
          carouselMessage: {
            cards: [
              {
                header: { title: 'Mate' },
                body: { text: '2 pesos' },
                nativeFlowMessage: {
                  buttons: [flow('cta_url', { display_text: 'Ver', url: 'https://a.example/m' })],
                },
              },
            ],
          },
        },
      },
      'Ofertas\nMate: 2 pesos\nVer: https://a.example/m',
      { cards: [{ title: 'Mate', text: '2 pesos' }] },
    ],
    [
      'an offer that ends',
      {
        interactiveMessage: {
          body: { text: 'Hoy' },
          nativeFlowMessage: {
            buttons: [],
            messageParamsJson: '{"limited_time_offer":{"text":"Cupón","copy_code":"HOY10"}}',
          },
        },
      },
      'Hoy\nCupón: HOY10',
      {},
    ],
  ])('keeps its words and %s', (_what, message, text, offer) => {
    const content = read(message)
    if (typeof text === 'string') expect(content?.text).toBe(text)
    else expect(content?.text).toMatch(text)
    expect(detailsOf(content).offer).toMatchObject(offer)
  })

  test.each([
    [
      'a template',
      {
        templateMessage: {
          hydratedFourRowTemplate: { documentMessage: pdf, hydratedContentText: 'Adjuntamos' },
        },
      },
    ],
    ['buttons', { buttonsMessage: { contentText: 'Adjuntamos', headerType: 3, documentMessage: pdf } }],
    [
      'a native flow',
      { interactiveMessage: { header: { documentMessage: pdf }, body: { text: 'Adjuntamos' } } },
    ],
    [
      'the first card of a carousel',
      {
        interactiveMessage: {
          body: { text: 'Adjuntamos' },
          carouselMessage: { cards: [{ header: { documentMessage: pdf } }] },
        },
      },
    ],
  ])('keeps the file in the head of %s', (_what, message) => {
    const content = read(message)
    expect(content).toMatchObject({
      kind: 'document',
      text: 'Adjuntamos',
      details: { media: { fileName: 'factura.pdf' } },
    })
    expect(content?.file?.source.directPath).toBe('/x')
  })

  test('keeps the place and the product in its head', () => {
    const locationMessage = { degreesLatitude: 1, degreesLongitude: 2, name: 'Local' }
    expect(
      read({ templateMessage: { hydratedTemplate: { locationMessage, hydratedContentText: 'Aquí' } } }),
    ).toMatchObject({
      kind: 'location',
      text: 'Aquí',
      details: { place: { latitude: 1, longitude: 2, name: 'Local' } },
    })
    const productMessage = { product: { productId: '7', title: 'Mate' } }
    expect(read({ interactiveMessage: { header: { productMessage }, body: { text: '' } } })).toMatchObject({
      kind: 'product',
      text: 'Mate',
      details: { facts: { productId: '7' } },
    })
  })

  test.each([
    [
      'an invitation to a group',
      {
        groupInviteMessage: {
          groupJid: '120363000000000001@g.us',
          inviteCode: 'abc',
          groupName: 'Proveedores',
          caption: 'sumate',
        },
      },
      'sumate',
      { link: 'https://chat.whatsapp.com/abc', name: 'Proveedores' },
    ],
    [
      'an invitation to a channel',
      { newsletterAdminInviteMessage: { newsletterJid: '120363@newsletter', newsletterName: 'Canal' } },
      'Canal',
      { name: 'Canal' },
    ],
    ['stickers', { stickerPackMessage: { name: 'Gatos', publisher: 'Ana' } }, 'Gatos', { publisher: 'Ana' }],
    [
      'a call that is planned',
      { scheduledCallCreationMessage: { title: 'Reunión', scheduledTimestampMs: 1_700_000_000_000 } },
      'Reunión',
      { startsAt: '2023-11-14T22:13:20.000Z' },
    ],
    [
      'a request to pay',
      {
        requestPaymentMessage: {
          amount1000: 1500,
          currencyCodeIso4217: 'ARS',
          noteMessage: { conversation: 'por favor' },
        },
      },
      'por favor',
      { paymentRequested: 1.5, currency: 'ARS' },
    ],
  ])('is read as a plain message where it is none: %s', (_what, message, text, facts) => {
    expect(read(message)).toMatchObject({ text, details: { facts } })
  })

  test('is bounded, however much comes', () => {
    const long = 'x'.repeat(200_000)
    const buttons = Array.from({ length: 2000 }, () =>
      flow('cta_url', { display_text: long.slice(0, 30_000), url: `https://a.b/${long.slice(0, 30_000)}` }),
    )
    const cards = Array.from({ length: 200 }, () => ({ header: { title: long }, body: { text: long } }))
    const content = read({
      interactiveMessage: {
        body: { text: long },
        nativeFlowMessage: { buttons: buttons.slice(0, 300) },
        carouselMessage: { cards },
      },
    })
    expect(content?.text.length).toBeLessThanOrEqual(65_536)
    expect(JSON.stringify(content).length).toBeLessThan(400_000)
  })
})

test.each([
  [10, 'better'],
  [5, 'better'],
  [19, 'better'],
  [12, 'motion'],
  [1, 'album'],
  [7, 'other'],
])('a file that belongs to another message says to which, and how: %i is %s', (associationType, relation) => {
  const association = {
    associationType,
    parentMessageKey: { remoteJid: 'x@s.whatsapp.net', fromMe: true, id: 'P1' },
  }
  const messageContextInfo = { messageAssociation: association }
  const expected = { details: { partOf: { relation, waId: 'P1' } } }
  expect(
    read({ associatedChildMessage: { message: { imageMessage: {} } }, messageContextInfo }),
  ).toMatchObject(expected)
  expect(
    read({ associatedChildMessage: { message: { imageMessage: {}, messageContextInfo } } }),
  ).toMatchObject(expected)
  expect(read({ videoMessage: {}, messageContextInfo })).toMatchObject(expected)
})
