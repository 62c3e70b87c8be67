import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'

const run = promisify(execFile)

async function printedIn(file: string): Promise<string[]> {
  const text = await readFile(new URL(`../fixtures/${file}`, import.meta.url), 'utf8')
  return text.split(/\n{2,}/).filter((paragraph) => paragraph.startsWith('curl'))
}

const botssy = await printedIn('botssy-curls.txt')
const botbiz = await printedIn('botbiz-curls.txt')

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
  await app.inbound({ phone: '5491162328014', pushName: 'Juan Pérez' })
  // The number that the document prints.
  await app.store.write(async (trx) => {
    await trx.updateTable('messages').set({ conversation_id: null }).execute()
    await trx.updateTable('conversations').set({ id: 123 }).execute()
    await trx.updateTable('messages').set({ conversation_id: 123 }).execute()
  })
})
afterAll(() => app.stop())

/** Runs a command as printed, with this server and key. */
async function curl(printed: string | undefined): Promise<unknown> {
  const command = (printed ?? '')
    .replace(/https:\/\/(app\.botssy\.com|api\.botbiz\.io)/, app.url)
    .replace(/Bearer [^"']+/, `Bearer ${app.key}`)
    .replace(/^curl/, 'curl --silent --show-error --noproxy "*"')
  const { stdout } = await run('sh', ['-c', command], { cwd: tmpdir() })
  return JSON.parse(stdout)
}

test('the documents print four commands of Botssy and one of Botbiz', () => {
  expect([botssy.length, botbiz.length]).toEqual([4, 1])
})

test('BOTSSY-01 … 03 BOTSSY-24 the printed curl of the conversations works', async () => {
  expect(await curl(botssy[0])).toMatchObject({
    data: [
      {
        id: 123,
        userPhone: '+5491162328014',
        channel: 'whatsapp',
        status: 'in_progress',
        customer: { name: 'Juan Pérez', phone: '+5491162328014' },
        Bot: { id: 1 },
        _count: { messages: 1 },
      },
    ],
    pagination: { total: 1, limit: 50, offset: 0 },
  })
})

test('BOTSSY-41 the printed curl of sending works', async () => {
  expect(await curl(botssy[1])).toEqual({
    id: expect.any(Number),
    conversationId: 123,
    role: 'assistant',
    content: 'Hola, ¿en qué puedo ayudarte?',
    timestamp: expect.stringMatching(/Z$/),
    mediaId: null,
  })
})

test('BOTSSY-59 the printed curl of creating a customer works', async () => {
  expect(await curl(botssy[2])).toMatchObject({
    name: 'María García',
    phone: '+5491155667788',
    email: 'maria@ejemplo.com',
  })
})

test('BOTSSY-105 the printed curl of creating a webhook works', async () => {
  expect(await curl(botssy[3])).toMatchObject({
    name: 'Mi Webhook',
    url: 'https://mi-servidor.com/webhook',
    events: ['message.received', 'conversation.created'],
    isActive: true,
    secret: expect.stringMatching(/^whsec_/),
  })
})

test('BOTBIZ-04 the printed curl of the users works', async () => {
  expect(await curl(botbiz[0])).toMatchObject({ data: [{ id: 'usr_1' }] })
})
