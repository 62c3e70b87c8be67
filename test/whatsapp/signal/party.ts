import { Curve } from '@whiskeysockets/baileys'
import type {
  BinaryNode,
  SignalKeyStoreWithTransaction,
  SignalRepositoryWithLIDStore,
} from '@whiskeysockets/baileys'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type { SessionVault } from '../../../src/core/ports.ts'
import type { SessionStore } from '../../../src/db/sessions/session-store.ts'
import { AuthState } from '../../../src/whatsapp/signal/auth-state.ts'
import { libraryLogger } from '../../../src/whatsapp/connection/library-logger.ts'
import { SignalSessions } from '../../../src/whatsapp/signal/signal-repository.ts'
import { openSessions } from '../../db/folder.ts'

const log = libraryLogger(pino({ level: 'silent' }))
/** The library's own key store, which it passes to the repository and which is not used. */
const libraryKeys = {} as SignalKeyStoreWithTransaction

export interface Letter {
  type: 'msg' | 'pkmsg'
  ciphertext: Uint8Array
}

/** One end of a correspondence: the product's Signal sessions over a real session store. */
export class Party {
  readonly jid: string
  readonly store: SessionStore
  readonly vault: SessionVault
  readonly auth: AuthState
  readonly signal: SignalSessions
  readonly repository: SignalRepositoryWithLIDStore
  /** Counts the notices of new journal entries. */
  written = 0
  private nextPreKey = 1

  private constructor(jid: string, { store, vault, auth }: Pick<Party, 'store' | 'vault' | 'auth'>) {
    this.jid = jid
    this.store = store
    this.vault = vault
    this.auth = auth
    this.signal = new SignalSessions(this.vault, () => this.written++)
    this.repository = this.signal.makeRepository(auth)(
      { creds: auth.creds, keys: libraryKeys },
      log,
      undefined,
    )
  }

  static async create(jid: string): Promise<Party> {
    const store = await openSessions()
    const vault = store.vault(1)
    const party = new Party(jid, { store, vault, auth: await AuthState.load(vault) })
    onTestFinished(() => party.repository.close?.())
    return party
  }

  /** Begins a session with the other one, in place of any that is there. */
  async begin(other: Party): Promise<void> {
    const keyId = other.nextPreKey++
    const preKey = Curve.generateKeyPair()
    await other.auth.keys.set({ 'pre-key': { [keyId]: preKey } })
    const { signedIdentityKey, signedPreKey, registrationId } = other.auth.creds
    const marked = (key: Uint8Array) => Buffer.concat([Buffer.from([5]), key])
    await this.repository.injectE2ESession({
      jid: other.jid,
      session: {
        registrationId,
        identityKey: marked(signedIdentityKey.public),
        signedPreKey: {
          keyId: signedPreKey.keyId,
          publicKey: marked(signedPreKey.keyPair.public),
          signature: signedPreKey.signature,
        },
        preKey: { keyId, publicKey: marked(preKey.public) },
      },
    })
  }

  write(other: Party, text: string): Promise<Letter> {
    return this.repository.encryptMessage({ jid: other.jid, data: Buffer.from(text) })
  }

  /** Reads a letter as it comes in a stanza of its own. */
  async read(from: Party, letter: Letter, attrs: Record<string, string> = {}): Promise<string> {
    const { type } = letter
    const ciphertext = Buffer.from(letter.ciphertext)
    const enc: BinaryNode = { tag: 'enc', attrs: { type }, content: ciphertext }
    this.signal.noteStanza({ tag: 'message', attrs: { from: from.jid, ...attrs }, content: [enc] })
    const plaintext = await this.repository.decryptMessage({ jid: from.jid, type, ciphertext })
    return Buffer.from(plaintext).toString()
  }
}

/** Two parties with a session that both have used. */
export async function correspondents(): Promise<[Party, Party]> {
  const [alice, bob] = [await Party.create('111111@lid'), await Party.create('222222@lid')]
  await alice.begin(bob)
  await bob.read(alice, await alice.write(bob, 'first'))
  await alice.read(bob, await bob.write(alice, 'answer'))
  return [alice, bob]
}
