// Attacks over WhatsApp: by strangers, in groups and from phones.
import { account, filled, isShort, maxTextLength } from './arena.mjs'
import { until } from '../lib.mjs'

// oxlint-disable-next-line no-control-regex -- it looks for control characters
const forbidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/
const escapes = '\u001b[31m\u001b]0;owned\u0007\u009b\u202egnp.exe\u2066\u0000\r\n'
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** Returns every text under one of these names, at any depth. */
function textsUnder(value, names, found = []) {
  if (typeof value !== 'object' || value === null) return found
  for (const [name, each] of Object.entries(value)) {
    if (typeof each === 'string' && names.has(name)) found.push(each)
    else textsUnder(each, names, found)
  }
  return found
}

const labels = new Set(['name', 'fileName', 'pushName', 'phones', 'title', 'question', 'subject'])

const odd = {
  name: 'push names, file names and contact cards with control and bidi characters, and huge ones',
  async act(arena) {
    const people = [
      await arena.customer(`Ana${escapes}Z`),
      await arena.customer(filled(`\u202e${escapes}`, 200_000)),
      await arena.customer(filled('e\u0301\u0301\u0301', 100_000)),
    ]
    const vcards = [
      `BEGIN:VCARD\nVERSION:3.0\nFN:${escapes}Eve\nTEL;waid=5491155520009:${escapes}+54\nEND:VCARD`,
      `BEGIN:VCARD\n${filled('TEL;TYPE="a;b":\n ', 300_000)}\nEND:VCARD`,
      `BEGIN:VCARD\n${filled('item1.FN;ENCODING=QUOTED-PRINTABLE:=4A=\n', 300_000)}`,
      `BEGIN:VCARD\nPHOTO;ENCODING=b:${filled('QUJD\n ', 500_000)}\nEND:VCARD`,
    ]
    for (const phone of people) {
      await arena.control.sendAsCustomer(phone, account, `hola${escapes}`)
      await arena.control.sendMediaAsCustomer(phone, account, {
        kind: 'document',
        data: png.toString('base64'),
        mimetype: `image/png${escapes}`,
        fileName: filled(`../..${escapes}a/`, 100_000),
      })
      for (const vcard of vcards) {
        const message = { contactMessage: { displayName: filled(escapes, 50_000), vcard } }
        await arena.control.sendMessageAsCustomer(phone, account, message)
      }
    }
    for (const phone of people)
      await arena.comes(
        'all are stored',
        async () =>
          (await arena.texts(phone)).filter(({ direction }) => direction === 'incoming').length ===
          2 + vcards.length,
      )
    for (const path of [
      '/api/v1/chats?pageSize=50',
      '/api/v1/customers?limit=100',
      ...people.map((phone) => `/api/v1/chats/${phone}/messages?limit=50`),
    ]) {
      const shown = textsUnder(JSON.parse((await arena.ask(path)).text), labels)
      arena.holds(!shown.some((text) => forbidden.test(text)), `${path}: names have no such characters`)
      arena.holds(
        shown.every((text) => text.length <= 1024),
        `${path}: names are short`,
      )
    }
  },
}

const shapes = {
  name: 'quotes 500 deep, 50,000 mentions, polls of 20,000 options, places that are no numbers',
  async act(arena) {
    const phone = await arena.customer()
    let quoted = { conversation: 'deep' }
    for (let n = 0; n < 500; n++)
      quoted = {
        extendedTextMessage: { text: 'a', contextInfo: { stanzaId: `${n}`, quotedMessage: quoted } },
      }
    const mentionedJid = Array.from({ length: 50_000 }, (_, n) => `${n}@s.whatsapp.net`)
    const messages = [
      quoted,
      { extendedTextMessage: { text: filled('@1 '), contextInfo: { mentionedJid } } },
      {
        pollCreationMessageV3: {
          name: escapes,
          options: Array.from({ length: 20_000 }, (_, n) => ({ optionName: `${n}` })),
        },
      },
      { locationMessage: { degreesLatitude: NaN, degreesLongitude: 1e308, name: filled(escapes) } },
      { viewOnceMessage: { message: { ephemeralMessage: { message: { conversation: filled('x') } } } } },
      { conversation: filled('\ud83d', maxTextLength * 8) },
      { listResponseMessage: { title: filled('*_~'), singleSelectReply: { selectedRowId: filled('{') } } },
      {
        interactiveResponseMessage: {
          nativeFlowResponseMessage: { name: 'flow', paramsJson: filled('[{"a":') },
        },
      },
    ]
    for (const message of messages) await arena.control.sendMessageAsCustomer(phone, account, message)
    await arena.control.sendAsCustomer(phone, account, 'the last one')
    await arena.comes('all are read', async () =>
      (await arena.texts(phone)).some(({ text }) => text === 'the last one'),
    )
    for (const { text } of await arena.texts(phone))
      arena.holds((text ?? '').length <= maxTextLength, 'a text is no longer than phones send')
  },
}

const groups = {
  name: `a group of ${isShort ? 500 : 2000} participants that changes all the time`,
  async act(arena) {
    const members = Array.from(
      { length: isShort ? 500 : 2000 },
      (_, n) => `54911600${String(n).padStart(5, '0')}`,
    )
    await Promise.all(members.map((number) => arena.control.createCustomer(number)))
    const { id } = await arena.control.createGroup({
      subject: 'many',
      creator: members[0],
      members: [account, ...members],
    })
    await arena.comes(
      'the group is known',
      async () => (await arena.ask(`/api/v1/groups/${id}`)).status === 200,
      30_000,
    )
    for (let n = 0; n < 20; n++) {
      await arena.control.changeGroup(id, {
        subject: `${escapes}${n}${filled('s', 5000)}`,
        description: filled(escapes, 50_000),
      })
      const some = members.slice(1 + n * 20, 21 + n * 20)
      await arena.control.changeMembers(id, n % 2 ? 'promote' : 'remove', some)
    }
    await arena.control.sendAsCustomer(members[0], id, 'to all')
    await arena.comes('its message is here', async () =>
      (await arena.texts(id)).some(({ text }) => text === 'to all'),
    )
    const { text } = await arena.ask(`/api/v1/groups/${id}`)
    arena.holds(
      !textsUnder(JSON.parse(text), labels).some((name) => forbidden.test(name)),
      'its name has no control characters',
    )
  },
}

const floods = {
  name: 'floods of receipts, typing, calls, edits, reactions and changes of the phone',
  async act(arena) {
    const phone = await arena.silentCustomer()
    await arena.control.setAuto(phone, { deliver: true, read: true })
    const message = await arena.control.sendAsCustomer(phone, account, 'first')
    const count = isShort ? 60 : 300
    const sends = Array.from({ length: count }, (_, n) =>
      arena.ask('/api/v1/send', { method: 'POST', body: { to: phone, message: `n ${n}` } }),
    )
    await arena.control.addContacts(
      account,
      Array.from({ length: isShort ? 20 : 60 }, (_, n) => ({
        number: `54911700${String(n).padStart(5, '0')}`,
        name: `${escapes}${n}`,
      })),
    )
    for (let n = 0; n < count; n++) {
      await arena.control.type(phone, account, n % 2 ? 'composing' : 'paused')
      await arena.control.changeAsCustomer(phone, account, {
        kind: 'reaction',
        message,
        emoji: n % 2 ? '👍' : filled('👍', 5000),
      })
      if (n % 10 === 0) {
        await arena.control.changeAsCustomer(phone, account, { kind: 'edit', message, text: filled(`e${n}`) })
        await arena.control.call(phone, account)
        await arena.control.changeChat(account, { with: phone, archived: n % 20 === 0 })
      }
    }
    await Promise.all(sends)
    await arena.comes(
      'all were sent and read',
      async () => {
        const read = (await arena.texts(phone)).filter(({ status }) => status === 'read')
        return read.length >= Math.min(count, 150)
      },
      30_000,
    )
    await arena.control.changeAsCustomer(phone, account, { kind: 'delete', message })
  },
}

const historyBomb = {
  name: `another account whose phone hands over ${isShort ? 2000 : 10_000} long messages`,
  async act(arena) {
    const other = '34600999888'
    const chats = isShort ? 100 : 500
    await arena.control.createPhone(other, { name: 'History' })
    const history = Array.from({ length: chats }, (_, n) => ({
      with: `34611${String(n).padStart(6, '0')}`,
      name: `${escapes}${n}`,
      messages: Array.from({ length: 20 }, (_, m) => ({
        fromMe: m % 2 === 1,
        text: filled(`${n}.${m} ñ `, 1000),
        timestamp: Date.now() - (n * 20 + m) * 60_000,
      })),
    }))
    await arena.control.setHistory(other, history, 'file', 'ignored')
    const path = '/v1/whatsapp/accounts'
    const created = await arena.ask(path, {
      method: 'POST',
      body: { phone_number: `+${other}`, name: 'History' },
    })
    const { id } = JSON.parse(created.text)
    const qr = await until('a code', async () => {
      const { status, text } = await arena.ask(`${path}/${id}/qr-code?format=json`)
      return status === 200 && JSON.parse(text).qr
    })
    await arena.control.scan(other, qr)
    await arena.comes(
      'all chats are there',
      async () => {
        const { text } = await arena.ask('/api/v1/chats?pageSize=1', { headers: { 'x-account': id } })
        return JSON.parse(text).total === chats
      },
      60_000,
    )
  },
}

export const whatsappIdeas = [odd, shapes, groups, floods, historyBomb]
