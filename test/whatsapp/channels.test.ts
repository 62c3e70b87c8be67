import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ChannelNames } from '../../src/whatsapp/groups/channels.ts'

const jid = (n: number) => `${100_000 + n}@newsletter`
let names: Map<string, string>
let asked: string[]
let channels: ChannelNames
let answer: (channel: string) => unknown

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  names = new Map()
  asked = []
  answer = (channel) => ({ thread_metadata: { name: { text: `Canal ${channel.slice(0, 6)}` } } })
  channels = new ChannelNames({
    accountId: 1,
    log: pino({ level: 'silent' }),
    records: {
      channelName: (_account, channel) => Promise.resolve(names.get(channel)),
      nameChannel: (_account, channel, name) => Promise.resolve(void names.set(channel, name)),
    },
    query: (channel) => {
      asked.push(channel)
      return Promise.resolve(answer(channel))
    },
  })
})
afterEach(() => {
  channels.stop()
  vi.useRealTimers()
})

const day = 24 * 60 * 60_000

test('channels that post are asked for one after another, each once, however often they post', async () => {
  for (let time = 0; time < 3; time++) for (let n = 0; n < 20; n++) channels.noticePost(jid(n))
  await vi.advanceTimersByTimeAsync(5500)
  expect(asked).toEqual([0, 1, 2, 3, 4].map(jid))
  await vi.advanceTimersByTimeAsync(60_000)
  for (let n = 0; n < 20; n++) channels.noticePost(jid(n))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toHaveLength(20)
  expect(names.get(jid(3))).toBe('Canal 100003')
})

test('a name that is known is not asked for at the start, and looked at again a day later', async () => {
  names.set(jid(1), 'El de ayer')
  channels.noticePost(jid(1))
  await vi.advanceTimersByTimeAsync(day - 60_000)
  channels.noticePost(jid(1))
  await vi.advanceTimersByTimeAsync(120_000)
  expect(asked).toEqual([])
  channels.noticePost(jid(1))
  await vi.advanceTimersByTimeAsync(2000)
  expect(asked).toEqual([jid(1)])
  expect(names.get(jid(1))).toBe('Canal 100001')
})

test.each([
  ['nothing', undefined],
  ['a refusal', Promise.reject.bind(Promise, new Error('404'))],
  ['no name', { thread_metadata: { name: { text: 7 } } }],
  ['an empty one', { thread_metadata: { name: { text: ' \u202E ' } } }],
])('where WhatsApp answers %s, the channel is left alone for a while', async (_what, given) => {
  answer = () => (typeof given === 'function' ? given() : given)
  channels.noticePost(jid(1))
  await vi.advanceTimersByTimeAsync(2000)
  channels.noticePost(jid(1))
  await vi.advanceTimersByTimeAsync(5 * 60_000)
  expect(asked).toHaveLength(1)
  expect(names.size).toBe(0)
  await vi.advanceTimersByTimeAsync(10 * 60_000)
  channels.noticePost(jid(1))
  await vi.advanceTimersByTimeAsync(2000)
  expect(asked).toHaveLength(2)
})

test('other jids are not asked for, and no jid is after the end', async () => {
  for (const each of ['120363041234567890@g.us', 'status@broadcast', '../x@newsletter'])
    channels.noticePost(each)
  channels.noticePost(jid(1))
  channels.stop()
  channels.noticePost(jid(2))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(asked).toEqual([])
})

test('a new name that WhatsApp tells by itself is taken, as one line', async () => {
  await channels.renamed(jid(1), 'Otro\nnombre')
  await channels.renamed('120363041234567890@g.us', 'Grupo')
  expect([...names]).toEqual([[jid(1), 'Otro nombre']])
})
