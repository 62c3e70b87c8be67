import { Account } from '../people/account.ts'
import { signedPreKeyNode } from '../people/correspondence.ts'
import type { Directory } from '../people/directory.ts'
import { parseJid } from '../protocol/jids.ts'
import { isSignedBy, signalKey } from '../protocol/keys.ts'
import type { LinkedDevice, PreKey, SignedPreKey } from '../linking/linked-device.ts'
import { bigEndian, bytesOf, child, children, node, seconds, type BinaryNode } from '../protocol/nodes.ts'
import type { Bundle } from '../protocol/signal-party.ts'
import type { QueryAnswer, Query } from './query.ts'

const keyType = Buffer.from([5])

/** Returns how many one-time pre-keys the server has left. */
export function countPreKeys({ device }: Query): QueryAnswer {
  return [node('count', { value: device.preKeyCount.toString() })]
}

/** Answers a key digest. Only its presence counts; a client that gets none uploads its keys again. */
export function digest({ device }: Query): QueryAnswer {
  return [
    node('digest', {}, [
      node('registration', {}, bigEndian(device.registrationId, 4)),
      node('type', {}, keyType),
      node('identity', {}, device.identity),
      signedPreKeyNode(device.signedPreKey),
    ]),
  ]
}

/** Stores a device's keys. */
export function uploadPreKeys({ device, iq }: Query): QueryAnswer {
  const identity = bytesOf(child(iq, 'identity'))
  const registration = bytesOf(child(iq, 'registration'))
  const signedPreKey = readSignedPreKey(child(iq, 'skey'), device)
  const known = identity?.equals(device.identity) && registration?.readUInt32BE() === device.registrationId
  if (!known || !signedPreKey || !bytesOf(child(iq, 'type'))?.equals(keyType)) return badRequest
  const keys = children(child(iq, 'list'), 'key').map(readPreKey)
  if (keys.some((key) => key === undefined)) return badRequest
  device.signedPreKey = signedPreKey
  device.addPreKeys(keys.filter((key) => key !== undefined))
  return []
}

/** Replaces a device's signed pre-key. */
export function rotateSignedPreKey({ device, iq }: Query): QueryAnswer {
  const signedPreKey = readSignedPreKey(child(child(iq, 'rotate'), 'skey'), device)
  if (!signedPreKey) return badRequest
  device.signedPreKey = signedPreKey
  return []
}

/** Returns key bundles of people, the owner's phone and companions. */
export function fetchBundles({ directory, iq }: Query): QueryAnswer {
  const users = children(child(iq, 'key'), 'user').map(({ attrs }) => {
    const jid = attrs['jid'] ?? ''
    const bundle = findBundle(directory, jid)
    if (!bundle) return node('user', { jid }, [node('error', { code: '404', text: 'item-not-found' })])
    return node('user', { jid, t: seconds() }, bundleNodes(bundle))
  })
  return [node('list', {}, users)]
}

const badRequest = { error: 400, text: 'bad-request' }

function findBundle(directory: Directory, jid: string): Bundle | undefined {
  const owner = directory.findOrCreatePerson(jid)
  const device = parseJid(jid)?.device ?? 0
  if (!owner) return undefined
  if (!(owner instanceof Account)) return owner.devices.get(device)?.bundle()
  return device === 0 ? owner.party.bundle() : owner.devices.get(device)?.takeBundle()
}

function bundleNodes({ registrationId, identity, signedPreKey, preKey }: Bundle): BinaryNode[] {
  const nodes = [
    node('registration', {}, bigEndian(registrationId, 4)),
    node('type', {}, keyType),
    node('identity', {}, identity),
    signedPreKeyNode(signedPreKey),
  ]
  if (!preKey) return nodes
  const id = node('id', {}, bigEndian(preKey.id, 3))
  return [...nodes, node('key', {}, [id, node('value', {}, preKey.publicKey)])]
}

function readPreKey(item: BinaryNode): PreKey | undefined {
  const id = bytesOf(child(item, 'id'))
  const publicKey = bytesOf(child(item, 'value'))
  if (id?.length !== 3 || publicKey?.length !== 32) return undefined
  return { id: id.readUIntBE(0, 3), publicKey: Buffer.from(publicKey) }
}

/** Reads a signed pre-key; undefined if the device has not signed it. */
function readSignedPreKey(item: BinaryNode | undefined, device: LinkedDevice): SignedPreKey | undefined {
  const key = item && readPreKey(item)
  const signature = bytesOf(child(item, 'signature'))
  if (!key || !signature) return undefined
  const unchanged = device.signedPreKey.signature.equals(signature)
  if (!unchanged && !isSignedBy(device.identity, signalKey(key.publicKey), signature)) return undefined
  return { ...key, signature: Buffer.from(signature) }
}
