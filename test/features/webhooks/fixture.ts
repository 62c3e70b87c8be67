import { startTestApp } from '../../support/app.ts'
import type { TestApp, TestAppOptions } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { Receiver } from '../../support/receiver.ts'

export const base = '/api-management/webhooks'

/** The events of the Botssy document. */
export const documentedEvents = [
  'conversation.created',
  'conversation.updated',
  'conversation.resolved',
  'message.received',
  'message.sent',
  'customer.created',
  'customer.updated',
  'operator.joined',
  'operator.left',
]

export interface Made {
  id: number
  secret: string
}

export interface LogEntry {
  id: number
  event: string
  eventId: string
  seq: number
  status: string
  nextAttemptAt: string | null
  attempts: {
    attempt: number
    trigger: string
    success: boolean
    statusCode: number | null
    durationMs: number
    error: string | null
    response: string
    nextAttemptAt: string | null
    timestamp: string
  }[]
}

/** The app with a receiver beside it. */
export class Scene {
  readonly app: TestApp
  readonly receiver: Receiver
  readonly client: HttpClient

  private constructor(app: TestApp, receiver: Receiver) {
    this.app = app
    this.receiver = receiver
    this.client = new HttpClient(app.url, app.key)
  }

  static async start(options: TestAppOptions = {}): Promise<Scene> {
    return new Scene(
      await startTestApp({ webhooks: { random: () => 0 }, ...options }),
      await Receiver.start(),
    )
  }

  async create(more: Record<string, unknown> = {}): Promise<Made> {
    const body = { name: 'Mi Webhook', url: this.receiver.url, events: ['message.received'], ...more }
    const { status, json, text } = await this.client.post(base, body)
    if (status !== 201) throw new Error(text)
    return json as Made
  }

  async get(id: number): Promise<Record<string, unknown>> {
    return (await this.client.get(`${base}/${id}`)).json as Record<string, unknown>
  }

  async logs(id: number, query = ''): Promise<LogEntry[]> {
    return ((await this.client.get(`${base}/${id}/logs${query}`)).json as { data: LogEntry[] }).data
  }

  async stop(): Promise<void> {
    await this.app.stop()
    await this.receiver.down()
  }
}
