// The Signal protocol alone: what a message costs, both sides together, with our steps, with libsignal's JavaScript (on its own curve,
// and on the WebAssembly one) and with the ciphers of whatsapp-rust-bridge. Records are stored and read with each step, as by Baileys.
import { randomBytes } from 'node:crypto'
import * as libsignal from 'libsignal'
import * as rust from 'whatsapp-rust-bridge'
import {
  GroupCipher,
  GroupSessionBuilder,
  SenderKeyDistributionMessage,
  SenderKeyName,
  SenderKeyRecord,
} from '@whiskeysockets/baileys/lib/Signal/Group/index.js'
import { generateKeyPair, sign } from '../../dist/signal/curve.js'
import { installFastCurve } from '../../dist/signal/fast-curve.js'
import * as groups from '../../dist/signal/sender-keys.js'
import { readSessionRecord } from '../../dist/signal/session-record.js'
import * as ours from '../../dist/signal/session.js'
import { decodePreKey } from '../../dist/signal/wire.js'

for (const method of ['info', 'warn', 'error']) console[method] = () => undefined
const text = Buffer.alloc(100, 'lorem ipsum ')
const rounds = 300

const device = () => ({ identity: generateKeyPair(), signed: generateKeyPair(), registrationId: 5 })
const pair = (key) => ({ pubKey: key.public, privKey: key.private })
const bundleOf = ({ identity, signed, registrationId }) => ({
  registrationId,
  identityKey: identity.public,
  signedPreKey: {
    id: 1,
    keyId: 1,
    publicKey: signed.public,
    signature: sign(identity.private, signed.public),
  },
})

function ourParty(isCached) {
  const me = device()
  let stored = null
  let decoded
  const load = () => (isCached ? decoded : (readSessionRecord(JSON.parse(stored)) ?? undefined))
  const save = (record) => {
    decoded = record
    stored = JSON.stringify(record)
  }
  return {
    me,
    begin: async (bundle) => save(ours.beginSession(load(), bundle, me)),
    async write() {
      const { record, type, ciphertext } = ours.encrypt(load(), text, me)
      save(record)
      return { type, ciphertext }
    },
    async read({ type, ciphertext }) {
      const own = { signedPreKey: me.signed, preKey: undefined }
      const { record } =
        type === 'msg'
          ? ours.decrypt(load(), ciphertext, me)
          : ours.decryptFirst(load(), decodePreKey(ciphertext), me, own)
      save(record)
    },
  }
}

function jsParty() {
  const me = device()
  let stored = null
  const address = new libsignal.ProtocolAddress(randomBytes(4).toString('hex'), 0)
  const storage = {
    loadSession: async () => (stored ? libsignal.SessionRecord.deserialize(JSON.parse(stored)) : undefined),
    storeSession: async (_, record) => {
      stored = JSON.stringify(record.serialize())
    },
    isTrustedIdentity: () => true,
    loadPreKey: async () => undefined,
    removePreKey: () => undefined,
    loadSignedPreKey: () => pair(me.signed),
    getOurRegistrationId: () => 5,
    getOurIdentity: () => pair(me.identity),
  }
  const cipher = new libsignal.SessionCipher(storage, address)
  return {
    me,
    begin: (bundle) => new libsignal.SessionBuilder(storage, address).initOutgoing(bundle),
    async write() {
      const { type, body } = await cipher.encrypt(text)
      return { type: type === 3 ? 'pkmsg' : 'msg', ciphertext: Buffer.from(body) }
    },
    read: ({ type, ciphertext }) =>
      type === 'msg'
        ? cipher.decryptWhisperMessage(ciphertext)
        : cipher.decryptPreKeyWhisperMessage(ciphertext),
  }
}

function rustParty() {
  const me = device()
  let stored
  const address = new rust.ProtocolAddress(randomBytes(4).toString('hex'), 0)
  const storage = {
    loadSession: () => stored,
    storeSession: (_, record) => {
      stored = record.serialize()
    },
    isTrustedIdentity: () => true,
    loadPreKey: () => undefined,
    removePreKey: () => undefined,
    loadSignedPreKey: (id) => ({
      keyId: id,
      keyPair: pair(me.signed),
      signature: bundleOf(me).signedPreKey.signature,
    }),
    getOurRegistrationId: () => 5,
    getOurIdentity: () => pair(me.identity),
    loadSenderKey: () => undefined,
    storeSenderKey: () => undefined,
  }
  const cipher = new rust.SessionCipher(storage, address)
  return {
    me,
    begin: (bundle) => new rust.SessionBuilder(storage, address).processPreKeyBundle(bundle),
    async write() {
      const { type, body } = await cipher.encrypt(text)
      return { type: type === 3 ? 'pkmsg' : 'msg', ciphertext: body }
    },
    read: ({ type, ciphertext }) =>
      type === 'msg'
        ? cipher.decryptWhisperMessage(ciphertext)
        : cipher.decryptPreKeyWhisperMessage(ciphertext),
  }
}

/** Returns CPU time per round: other programs may be at work. */
async function time(work) {
  const began = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(began)
  return ((user + system) / rounds).toFixed(0).padStart(7)
}

async function pairwise(name, make) {
  const [one, other] = [make(), make()]
  await one.begin(bundleOf(other.me))
  await other.read(await one.write())
  await one.read(await other.write())
  const exchange = await time(async () => {
    for (let n = 0; n < rounds; n++) {
      await other.read(await one.write())
      await one.read(await other.write())
    }
  })
  const stream = await time(async () => {
    for (let n = 0; n < rounds; n++) await other.read(await one.write())
  })
  console.log(`${name.padEnd(48)}${exchange}${stream}`)
}

function ourGroup() {
  let [sender, receiver] = [groups.newSenderKey(), undefined]
  receiver = groups.acceptSenderKey(undefined, groups.distributionOf(sender))
  return async () => {
    const sent = groups.encryptForGroup(sender, text)
    groups.encodeSenderKeys(sent.record)
    sender = sent.record
    receiver = groups.decryptFromGroup(receiver, sent.ciphertext).record
    groups.encodeSenderKeys(receiver)
  }
}

async function jsGroup() {
  const name = new SenderKeyName('1@g.us', { id: 'x', deviceId: 0, toString: () => 'x.0' })
  const member = () => {
    let stored
    return {
      loadSenderKey: async () => (stored ? SenderKeyRecord.deserialize(stored) : new SenderKeyRecord()),
      storeSenderKey: async (_, record) => {
        stored = Buffer.from(JSON.stringify(record.serialize()))
      },
    }
  }
  const [sender, receiver] = [member(), member()]
  const { serialized } = await new GroupSessionBuilder(sender).create(name)
  const message = new SenderKeyDistributionMessage(null, null, null, null, serialized)
  await new GroupSessionBuilder(receiver).process(name, message)
  return async () => {
    const sent = await new GroupCipher(sender, name).encrypt(text)
    await new GroupCipher(receiver, name).decrypt(Buffer.from(sent))
  }
}

async function group(name, step) {
  await step()
  const each = await time(async () => {
    for (let n = 0; n < rounds; n++) await step()
  })
  console.log(`${name.padEnd(48)}${each}`)
}

console.log('pairwise, µs for both sides: there and back; on the running chain')
await pairwise("libsignal's JavaScript", jsParty)
const slowGroup = await jsGroup()
const rows = [() => group("Baileys, on libsignal's JavaScript", slowGroup)]
rows.push(async () => {
  installFastCurve()
  await pairwise('the same on the WebAssembly curve', jsParty)
})
await pairwise('whatsapp-rust-bridge', rustParty)
await pairwise('ours, records decoded with each step', () => ourParty(false))
await pairwise('ours, records kept decoded', () => ourParty(true))
console.log('group, µs for both sides')
for (const row of rows) await row()
await group('Baileys on the WebAssembly curve', await jsGroup())
await group('ours', ourGroup())
