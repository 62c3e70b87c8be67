import type { AccountId } from '../../core/ids.ts'
import { makeWaId } from '../../core/wa-id.ts'
import type { Inbound } from '../../core/ports.ts'
import type { Clock } from '../../util/clock.ts'

/** Plays the customers of a test account for the holders of test keys. */
export class TestCustomers {
  private readonly inbound: Pick<Inbound, 'messages'>
  private readonly clock: Clock

  constructor(parts: { inbound: Pick<Inbound, 'messages'>; clock: Clock }) {
    this.inbound = parts.inbound
    this.clock = parts.clock
  }

  /** Receives a message of such a customer. Joins a running write. */
  receive(
    accountId: AccountId,
    message: { from: string; text: string; name?: string | undefined },
  ): Promise<void> {
    return this.inbound.messages(accountId, [
      {
        chat: { kind: 'person', phone: message.from, lid: null, group: null },
        waId: makeWaId(),
        fromMe: false,
        participant: null,
        pushName: message.name ?? null,
        kind: 'text',
        text: message.text,
        details: null,
        sentAt: this.clock.now(),
        origin: 'live',
        proto: null,
      },
    ])
  }
}
