import { randomBytes } from 'node:crypto'
import type { Account } from '../people/account.ts'
import type { Connection } from '../protocol/connection.ts'
import { newStanzaId } from '../protocol/ids.ts'
import type { Candidate, LinkingContext } from './linking-context.ts'
import type { Log } from '../log.ts'
import { bytesOf, child, node, seconds, serverJid, type BinaryNode } from '../protocol/nodes.ts'
import { isHandoffProof, PhoneAgreement, readPrologue, type ReadPrologue } from './passkey-agreement.ts'
import type { PasskeyProtection } from './passkey-protection.ts'
import type { QueryAnswer } from '../queries/query.ts'
import { relyingParty, verifyAssertion, type PasskeyOptions } from './webauthn.ts'

/** Holds a linking that needs the owner's signature. */
interface Ceremony {
  readonly account: Account
  readonly protection: PasskeyProtection
  readonly candidate: Candidate
  /** The secret in the code that the phone scanned. */
  readonly scannedSecret: Buffer
  challenge?: { value: string; until: number } | undefined
  ref?: string
  agreement?: PhoneAgreement
  /** The device has proved that it showed the scanned code: no codes to compare. */
  proven?: boolean
  sealed?: Buffer
}

type Refusal = Extract<QueryAnswer, { error: number }>

const badRequest: Refusal = { error: 400, text: 'bad-request' }
const notAuthorized: Refusal = { error: 401, text: 'not-authorized' }

/** Links companions of accounts with a passkey: plays the server's part and the phone's. */
export class Passkeys {
  readonly #context: LinkingContext
  readonly #log: Log
  readonly #ceremonies = new Map<Connection, Ceremony>()

  constructor(context: LinkingContext, log: Log) {
    this.#context = context
    this.#log = log
  }

  /** Asks the device for the owner's passkey, after the phone took the code. */
  begin(candidate: Candidate, account: Account, scannedSecret: Buffer): void {
    const { protection } = account
    if (!protection) throw new Error('This account has no passkey')
    const ceremony: Ceremony = { account, protection, candidate, scannedSecret }
    this.#ceremonies.set(candidate.connection, ceremony)
    protection.code = protection.problem = undefined
    const content = protection.embedsRequest ? [requestNode(ceremony)] : undefined
    const type = 'passkey_prologue_request'
    const attributes = { from: serverJid, type, id: newStanzaId(), t: seconds() }
    candidate.connection.send(node('notification', attributes, content))
  }

  closed(connection: Connection): void {
    this.#ceremonies.delete(connection)
  }

  /** Answers a query about passkeys; undefined for other queries. */
  query(connection: Connection, iq: BinaryNode): QueryAnswer | undefined {
    const ceremony = this.#ceremonies.get(connection)
    if (!ceremony || iq.attrs['xmlns'] !== 'md') return undefined
    if (child(iq, 'passkey_request_options')) return [requestNode(ceremony)]
    if (child(iq, 'ref')) {
      ceremony.ref = `2@${randomBytes(60).toString('base64')}`
      return [node('ref', {}, Buffer.from(ceremony.ref))]
    }
    const prologue = child(iq, 'passkey_prologue')
    if (prologue) return this.#prologue(ceremony, prologue)
    const nonce = bytesOf(child(iq, 'companion_nonce'))
    if (nonce) return this.#nonce(ceremony, nonce)
    const sealed = bytesOf(child(iq, 'encrypted_pairing_request'))
    return sealed && this.#sealed(ceremony, sealed)
  }

  /** Approves the code on the phone if it equals the one the device shows. */
  async approve(account: Account, shown: string): Promise<void> {
    const ceremony = [...this.#ceremonies.values()].findLast((each) => each.account === account)
    const code = ceremony?.protection.code
    if (!ceremony || code === undefined) throw new Error('The phone shows no code')
    if (code !== shown.replace(/[\s-]/g, '').toUpperCase()) throw new Error('The phone shows another code')
    if (!ceremony.sealed) throw new Error('The device has not confirmed the code')
    await this.#link(ceremony, ceremony.sealed)
  }

  #prologue(ceremony: Ceremony, item: BinaryNode): QueryAnswer {
    const { protection, challenge } = ceremony
    const [credential, assertion, payload, proof] = [
      'credential_id',
      'webauthn_assertion',
      'prologue_payload',
      'pairing_handoff_proof',
    ].map((tag) => bytesOf(child(item, tag)))
    // One try per challenge, with any result.
    ceremony.challenge = undefined
    const { authenticator } = protection
    if (!credential?.equals(authenticator.credentialId) || !assertion)
      return this.#refuse(ceremony, 'credential')
    if (!challenge || Date.now() > challenge.until) return this.#refuse(ceremony, 'the request has expired')
    try {
      verifyAssertion(assertion.toString('utf8'), authenticator, challenge.value)
    } catch (error) {
      return this.#refuse(ceremony, error instanceof Error ? error.message : String(error))
    }
    const prologue = payload && readPrologue(payload)
    if (!prologue || prologue.ref !== ceremony.ref) return badRequest
    if (proof && !this.#trusts(ceremony, proof, prologue))
      return this.#refuse(ceremony, 'the hand-off proof is wrong')
    const agreement = new PhoneAgreement(prologue)
    ceremony.agreement = agreement
    setImmediate(() => ceremony.candidate.connection.send(continuation(agreement)))
    return []
  }

  /** Accepts the proof only if the phone knows the scanned code; otherwise it shows a code. */
  #trusts(ceremony: Ceremony, proof: Buffer, prologue: ReadPrologue): boolean {
    if (!ceremony.protection.trustsHandoff) return true
    ceremony.proven = isHandoffProof(proof, prologue.payload, ceremony.scannedSecret)
    return ceremony.proven
  }

  #nonce(ceremony: Ceremony, nonce: Buffer): QueryAnswer {
    const code = ceremony.agreement?.codeFor(nonce)
    if (code === undefined) return this.#refuse(ceremony, 'the commitment does not match')
    ceremony.protection.code = code
    return []
  }

  #sealed(ceremony: Ceremony, sealed: Buffer): QueryAnswer {
    if (!ceremony.agreement || ceremony.protection.code === undefined) return badRequest
    ceremony.sealed = sealed
    if (ceremony.proven) {
      setImmediate(() => void this.#link(ceremony, sealed).catch(() => undefined))
    }
    return []
  }

  async #link(ceremony: Ceremony, sealed: Buffer): Promise<void> {
    const { agreement, candidate, account, protection } = ceremony
    try {
      if (!agreement) throw new Error('The phone has not answered yet')
      const secret = agreement.open(sealed, candidate.registration)
      if (secret.equals(ceremony.scannedSecret))
        throw new Error('The device kept the secret of the scanned code')
      await this.#context.link(candidate, account, secret)
      protection.code = undefined
      this.#ceremonies.delete(candidate.connection)
    } catch (error) {
      this.#refuse(ceremony, error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  #refuse({ account, protection }: Ceremony, problem: string): Refusal {
    protection.problem = problem
    this.#log('passkey_refused', { account: account.number, problem })
    return notAuthorized
  }
}

/** Builds a request with a fresh challenge. */
function requestNode(ceremony: Ceremony): BinaryNode {
  const { authenticator, challengeMs } = ceremony.protection
  const value = randomBytes(32).toString('base64url')
  ceremony.challenge = { value, until: Date.now() + challengeMs }
  const id = authenticator.credentialId.toString('base64url')
  const options: PasskeyOptions = {
    challenge: value,
    timeout: challengeMs,
    rpId: relyingParty,
    allowCredentials: [{ id, type: 'public-key', transports: ['hybrid', 'internal'] }],
    userVerification: 'required',
    extensions: {},
  }
  return node('passkey_request_options', {}, Buffer.from(JSON.stringify(options)))
}

function continuation(agreement: PhoneAgreement): BinaryNode {
  const attributes = { from: serverJid, type: 'crsc_continuation', id: newStanzaId(), t: seconds() }
  return node('notification', attributes, [node('primary_ephemeral_identity', {}, agreement.identity)])
}
