import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { readConfigText } from '../../src/config/file.ts'
import { wrongValue } from '../../src/config/fault.ts'
import { keys } from '../../src/config/keys.ts'
import { checkConfig } from '../../src/config/load.ts'
import type { ConfigOption } from '../../src/config/load.ts'
import { notesOn } from '../../src/config/notes.ts'

const zone = process.env['TZ']
afterEach(() => {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
})

function config(values: Record<string, unknown> = {}) {
  const options = Object.entries(values).map(([key, value]) => ({ key, flag: key, value }) as ConfigOption)
  const checked = checkConfig({ env: {}, cwd: '/nowhere', options })
  if (!checked.ok) throw new Error(checked.faults.map(({ message }) => message).join('\n'))
  return checked
}

function faultOf(yaml: string): string {
  const reading = readConfigText(yaml, 'config.yaml')
  const [key, raw] = [...reading.values][0] ?? []
  const info = keys.find((one) => one.key === key)
  if (!info || !raw) throw new Error('there is no value')
  return wrongValue(info, raw).message
}

test('The zone of the machine is the default, and the one that local stands for', () => {
  for (const name of ['America/Argentina/Buenos_Aires', 'Asia/Kolkata', 'UTC']) {
    process.env['TZ'] = name
    const expected = new Intl.DateTimeFormat().resolvedOptions().timeZone
    expect(config().config.schedule.timeZone).toBe(expected)
    expect(config({ 'schedule.timeZone': 'local' }).config.schedule.timeZone).toBe(expected)
  }
  process.env['TZ'] = 'Not/AZone'
  expect(config().config.schedule.timeZone).toBe('UTC')
  expect(config({ 'schedule.timeZone': 'Europe/Madrid' }).config.schedule.timeZone).toBe('Europe/Madrid')
})

test('A zone that is UTC only because the machine says so is noted, and a chosen one is not', () => {
  process.env['TZ'] = 'UTC'
  const notes = ({ config: made, sources }: ReturnType<typeof config>) => notesOn(made, sources).join()
  expect(notes(config())).toContain('schedule.timeZone is UTC')
  expect(notes(config({ 'schedule.timeZone': 'UTC' }))).toBe('')
})

test.each([
  [{ 'llm.baseUrl': 'http://127.0.0.1:1' }, 'llm.model is not'],
  [{ 'llm.model': 'm' }, 'llm.baseUrl is not'],
  [{ 'bot.newChats': true }, 'bot.newChats is on, but there is no language model'],
  [{ 'llm.apiKey': 'x' }, 'llm.baseUrl is not'],
  [{ 'llm.baseUrl': 'http://127.0.0.1:1', 'llm.model': 'm', 'bot.newChats': true }, ''],
  [{ 'bot.newChats': true, 'whatsapp.network': 'sandbox' }, ''],
])('A configuration of %j is noted where its bot would silently not answer', (values, note) => {
  process.env['TZ'] = 'Europe/Madrid'
  const { config: made, sources } = config(values)
  const notes = notesOn(made, sources).join()
  if (note === '') expect(notes).toBe('')
  else expect(notes).toContain(note)
})

test('A tilde at the start of a folder is the home of the user, and the home of another user is refused', () => {
  expect(config({ 'data.dir': '~/zaguan' }).config.data.dir).toBe(join(homedir(), 'zaguan'))
  expect(config({ 'data.dir': '~' }).config.data.dir).toBe(homedir())
  expect(config({ 'data.dir': './a~b' }).config.data.dir).toBe('./a~b')
  expect(config({ 'bot.knowledgeDir': '~/texts' }).config.bot.knowledgeDir).toBe(join(homedir(), 'texts'))
  expect(() => config({ 'data.dir': '~ana/zaguan' })).toThrow('expected the path of a folder')
})

test.each([
  [
    'a list that is written as one text',
    'schedule:\n  openingHours: mon-fri 09:00-13:00',
    'expected a list of ranges such as mon-fri 09:00-13:00, in brackets: ["mon-fri 09:00-13:00"]; found the text "mon-fri 09:00-13:00" alone',
  ],
  [
    'a list with one wrong item',
    'schedule:\n  holidays: [2026-12-25, 25.12.2026]',
    'expected a list of dates such as 2026-12-25, found ["2026-12-25","25.12.2026"]: item 2 is wrong',
  ],
  [
    'a number of a table above its limit',
    'send:\n  pacing: {coldPerDay: 5000}',
    /found \{"coldPerDay":5000\}: coldPerDay must be at most 1000$/,
  ],
  ['an unknown name in a table', 'send:\n  pacing: {coldADay: 5}', /: unknown: "coldADay"$/],
])('The words about %s say which part is wrong and how it should be', (_what, yaml, words) => {
  if (typeof words === 'string') expect(faultOf(yaml)).toBe(words)
  else expect(faultOf(yaml)).toMatch(words)
})

test('The words about a secret tell the part that is wrong, and nothing of the secret', () => {
  const fault = faultOf('webhooks:\n  endpoints: [{name: CRM, url: "https://a.example", secret: hunter2}]')
  expect(fault).toMatch(/: secret of item 1 is wrong$/)
  expect(fault).not.toContain('hunter2')
})
