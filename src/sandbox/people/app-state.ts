import {
  chatModificationToAppPatch,
  decodePatches,
  encodeSyncdPatch,
  newLTHashState,
  proto,
  type ChatModification,
  type LTHashState,
  type WAPatchName,
} from '@whiskeysockets/baileys'
import type { Account } from './account.ts'
import type { Delivery } from '../protocol/delivery.ts'
import type { Directory } from './directory.ts'
import { newStanzaId } from '../protocol/ids.ts'
import { lidJid, pnJid } from '../protocol/jids.ts'
import type { LinkedDevice } from '../linking/linked-device.ts'
import { bytesOf, child, children, node, seconds, type BinaryNode } from '../protocol/nodes.ts'

/** Holds an entry in the address book of the owner's phone. */
export interface AddressBookEntry {
  /** The customer's phone number. */
  number: string
  name: string
  firstName?: string
}

/** Holds a setting made by a companion or the phone: `["archive", jid]` and its value. */
export interface AppStateEntry {
  collection: string
  index: string[]
  action: object
}

/** Holds the first `count` patches of a collection, decrypted. */
interface Decoded {
  count: number
  state: LTHashState
  mutationMap: Awaited<ReturnType<typeof decodePatches>>['mutationMap']
}

/** Stores pins, mutes, archived chats and contacts as encrypted patches, one per change. */
export class AppStates {
  readonly #directory: Directory
  readonly #delivery: Delivery
  readonly #onChange: () => void
  readonly #decoded = new WeakMap<Account, Map<string, Decoded>>()

  constructor(directory: Directory, delivery: Delivery, onChange: () => void) {
    this.#directory = directory
    this.#delivery = delivery
    this.#onChange = onChange
  }

  /** Stores a companion's patches and returns those it has not seen. */
  answer(account: Account, device: LinkedDevice, sync: BinaryNode | undefined): BinaryNode {
    const collections = children(sync, 'collection').map((asked) => {
      const patch = bytesOf(child(asked, 'patch'))
      const { name = '', version = '0' } = asked.attrs
      if (!patch) return this.#read(account, name, Number(version))
      const stored = patchesOf(account, name)
      if (stored.length !== Number(version)) return conflict(name, stored.length)
      this.#store(account, name, patch, device)
      return node('collection', { name, type: 'result', version: stored.length.toString() })
    })
    return node('sync', {}, collections)
  }

  /** Makes a change as on the phone and tells companions to fetch it. */
  async change(account: Account, modification: ChatModification, jid: string): Promise<void> {
    await account.tasks.run(async () => {
      const patch = chatModificationToAppPatch(modification, jid)
      for (;;) {
        const known = patchesOf(account, patch.type).length
        const { state } = await this.#decode(account, patch.type)
        const encoded = await encodeSyncdPatch(patch, keyId(account), state, keyOf(account))
        // A companion may have written in the meantime.
        if (patchesOf(account, patch.type).length !== known) continue
        return this.#store(account, patch.type, proto.SyncdPatch.encode(encoded.patch).finish())
      }
    })
  }

  async addContact(account: Account, { number, name, firstName }: AddressBookEntry): Promise<void> {
    const person = this.#directory.person(number)
    const contact = {
      fullName: name,
      firstName: firstName ?? name.split(' ')[0] ?? name,
      lidJid: lidJid(person.lid),
      saveOnPrimaryAddressbook: true,
    }
    await this.change(account, { contact }, pnJid(person.number))
  }

  /** Lists all settings, decrypted. Undecryptable ones are left out. */
  async entries(account: Account): Promise<AppStateEntry[]> {
    const found: AppStateEntry[] = []
    for (const collection of account.collections.keys()) {
      const { mutationMap } = await this.#decode(account, collection as WAPatchName)
      for (const [index, { syncAction }] of Object.entries(mutationMap)) {
        found.push({ collection, index: JSON.parse(index) as string[], action: { ...syncAction.value } })
      }
    }
    return found
  }

  #read(account: Account, name: string, since: number): BinaryNode {
    const stored = patchesOf(account, name)
    const newer = stored.slice(since).map((patch) => node('patch', {}, patch))
    const attributes = { name, type: 'result', version: stored.length.toString() }
    return node('collection', attributes, newer.length === 0 ? undefined : [node('patches', {}, newer)])
  }

  /** Stores a patch. Its version is its position; writers leave it out. */
  #store(account: Account, name: string, bytes: Uint8Array, by?: LinkedDevice): void {
    const patch = proto.SyncdPatch.decode(bytes)
    const stored = patchesOf(account, name)
    patch.version = { version: stored.length + 1 }
    stored.push(Buffer.from(proto.SyncdPatch.encode(patch).finish()))
    account.collections.set(name, stored)
    const content = [node('collection', { name, version: stored.length.toString() })]
    const attributes = { from: pnJid(account.number), type: 'server_sync', id: newStanzaId(), t: seconds() }
    for (const device of account.devices.values()) {
      if (device !== by) this.#delivery.deliver(device, node('notification', attributes, content))
    }
    this.#onChange()
  }

  /** Continues after the patches decoded before: a change costs the same after any number of others. */
  async #decode(account: Account, name: WAPatchName): Promise<Decoded> {
    const known = this.#decoded.get(account) ?? new Map<string, Decoded>()
    this.#decoded.set(account, known)
    const before = known.get(name) ?? { count: 0, state: newLTHashState(), mutationMap: {} }
    const bytes = patchesOf(account, name)
    const patches = bytes.slice(before.count).map((patch) => proto.SyncdPatch.decode(patch))
    if (patches.length === 0) return before
    const { state, mutationMap } = await decodePatches(name, patches, before.state, keyOf(account), {})
    const decoded = { count: bytes.length, state, mutationMap: { ...before.mutationMap, ...mutationMap } }
    known.set(name, decoded)
    return decoded
  }
}

function patchesOf({ collections }: Account, name: string): Buffer[] {
  return collections.get(name) ?? []
}

/** Reports that another device has written since: the companion must read first. */
function conflict(name: string, version: number): BinaryNode {
  const error = node('error', { code: '409', text: 'conflict' })
  return node('collection', { name, type: 'error', version: version.toString() }, [error])
}

function keyId({ appStateKey }: Account): string {
  return appStateKey.id.toString('base64')
}

function keyOf(account: Account) {
  return async (id: string) => (id === keyId(account) ? { keyData: account.appStateKey.data } : undefined)
}
