import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkConfig, loadConfig } from '../../src/config/load.ts'
import { SetupError } from '../../src/core/errors.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zaguan-config-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

/** The faults of a file, as `key@line: message`; a fault without a key begins with `@`. */
function faultsOf(text: string): string[] {
  const checked = checkConfig({ path: write('config.yaml', text), env: {}, cwd: folder })
  if (checked.ok) return []
  return checked.faults.map(
    ({ key, where, message }) => `${key ?? ''}@${where.split('line ')[1]}: ${message}`,
  )
}

describe('the configuration', () => {
  it('has safe defaults where there is no file', () => {
    const { config, file, sources } = loadConfig({ env: {}, cwd: folder })
    expect(file).toBeNull()
    expect(config.server).toEqual({ host: '127.0.0.1', port: 3000, publicUrl: null, trustedProxies: [] })
    expect(config.bot.newChats).toBe(false)
    expect(config.send.pacing).toBe('careful')
    expect(new Set(Object.values(sources).map((source) => source.kind))).toEqual(new Set(['default']))
  })

  it('is read from ./config.yaml where there is one', () => {
    write('config.yaml', 'server:\n  port: 4001\n')
    expect(loadConfig({ env: {}, cwd: folder }).config.server.port).toBe(4001)
  })

  it('comes from ZAGUAN_CONFIG rather than ./config.yaml, and from --config rather than either', () => {
    write('config.yaml', 'server: { port: 4001 }')
    write('second.yaml', 'server: { port: 4002 }')
    write('third.yaml', 'server: { port: 4003 }')
    const env = { ZAGUAN_CONFIG: 'second.yaml' }
    expect(loadConfig({ env, cwd: folder }).config.server.port).toBe(4002)
    expect(loadConfig({ env, cwd: folder, path: 'third.yaml' }).config.server.port).toBe(4003)
  })

  it('is refused where the named file is missing, and not replaced by defaults', () => {
    const checked = checkConfig({ env: {}, cwd: folder, path: 'gone.yaml' })
    expect(checked).toMatchObject({ ok: false, faults: [{ where: join(folder, 'gone.yaml') }] })
  })

  it('takes the environment before the file and the command line before both, and tells the source of each key', () => {
    const path = write('config.yaml', 'server:\n  host: ::1\n  port: 4001\nbusiness:\n  name: Kiosco\n')
    const { config, sources } = loadConfig({
      path,
      env: { ZAGUAN_SERVER__PORT: '4002', ZAGUAN_SERVER__HOST: '0.0.0.0' },
      cwd: folder,
      options: [{ key: 'server.port', flag: '--port', value: 4003 }],
    })
    expect(config.server).toMatchObject({ host: '0.0.0.0', port: 4003 })
    expect(sources['server.port']).toEqual({ kind: 'option', where: '--port' })
    expect(sources['server.host']).toEqual({ kind: 'env', where: 'ZAGUAN_SERVER__HOST' })
    expect(sources['business.name']).toEqual({ kind: 'file', where: `${path}, line 5` })
    expect(sources['log.level'].kind).toBe('default')
  })

  it('has the defaults for an empty file and for empty sections', () => {
    expect(faultsOf('')).toEqual([])
    expect(faultsOf('# nothing yet\n')).toEqual([])
    expect(faultsOf('server:\nbot:\n')).toEqual([])
  })

  it('joins a list of guardrails by line breaks', () => {
    const path = write('config.yaml', 'bot:\n  guardrails:\n    - No prices\n    - No politics\n')
    expect(loadConfig({ path, env: {}, cwd: folder }).config.bot.guardrails).toBe('No prices\nNo politics')
  })

  it('understands anchors and aliases', () => {
    const path = write('config.yaml', 'server: { host: &h 10.0.0.1 }\nwebhooks: { allowPrivate: [*h] }\n')
    expect(loadConfig({ path, env: {}, cwd: folder }).config.webhooks.allowPrivate).toEqual(['10.0.0.1'])
  })

  it('turns a hexadecimal root key into base64', () => {
    const key = Buffer.alloc(32, 5)
    const path = write('config.yaml', `whatsapp: { rootKey: "${key.toString('hex')}" }`)
    expect(loadConfig({ path, env: {}, cwd: folder }).config.whatsapp.rootKey).toBe(key.toString('base64'))
  })
})

describe('the message about a fault of the file', () => {
  const cases = {
    'a wrong type': ['server:\n  host: ::1\n  port: abc\n', 'server.port@3: expected a whole number'],
    'a value out of range': [
      'server:\n  port: 70000',
      'server.port@2: expected a whole number from 0 to 65535',
    ],
    'a word that is not in the set': ['\nbot:\n  purpose: dance', 'bot.purpose@3: expected attend, schedule'],
    'a mistyped key': ['server:\n  prot: 1', 'server.prot@2: unknown key; did you mean port?'],
    'a key in the wrong case': [
      'server:\n  public_url: x',
      'server.public_url@2: unknown key; did you mean publicUrl?',
    ],
    'a strange key': ['data:\n  colour: red', 'data.colour@2: unknown key; the keys of data are dir'],
    'a mistyped section': ['\n\nsevrer:\n  port: 1', 'sevrer@3: unknown section; did you mean server?'],
    'a key without its section': ['port: 1', 'port@1: unknown section; did you mean server.port?'],
    'a strange section': ['colours: {}', 'colours@1: unknown section; the sections are server, data'],
    'a section that is a value': ['log: debug', 'log@1: expected a section'],
    'a file that is a list': ['- a\n- b', '@1: expected sections such as "server:"'],
    'a key that is not text': ['server:\n  7: x', 'server.7@2: unknown key'],
    'an empty value': [
      'server:\n  port:',
      'server.port@2: expected a whole number from 0 to 65535, found null',
    ],
    'an item of a list': [
      'webhooks:\n  allowPrivate: ["a b"]',
      'webhooks.allowPrivate@2: expected a list of host',
    ],
    'a missing anchor': ['webhooks:\n  allowPrivate: [*gone]', 'webhooks.allowPrivate@2: not valid YAML: '],
    'a key given twice': ['server:\n  port: 1\n  port: 2', '@3: not valid YAML: Map keys must be unique'],
    'broken YAML': ['server:\n  port: 1\n  host: "x\n', '@4: not valid YAML: Missing closing'],
    'a tab as indentation': ['server:\n\tport: 1', '@2: not valid YAML: '],
  } as const

  it.each(Object.entries(cases))('names key, line and expectation of %s', (_name, [text, fault]) => {
    expect(faultsOf(text)[0]).toContain(fault)
  })

  it('never shows the value of a secret', () => {
    const [fault] = faultsOf('auth:\n  bootstrapKey: tooshort')
    expect(fault).toBe('auth.bootstrapKey@2: expected text of 24 to 200 characters, or null')
  })
})

describe('the message about several faults', () => {
  it('lists those of file, environment and command line together', () => {
    write('config.yaml', 'server:\n  port: x\n  hots: y\n')
    const load = () =>
      loadConfig({
        env: { ZAGUAN_LOG__LEVEL: 'loud', ZAGUAN_LOG__LEVLE: 'info' },
        cwd: folder,
        options: [{ key: 'data.dir', flag: '--data', value: '' }],
      })
    expect(load).toThrow(SetupError)
    const file = join(folder, 'config.yaml')
    expect(load).toThrow(
      [
        'The configuration has 5 errors:',
        `  server.hots (${file}, line 3): unknown key; did you mean host?`,
        `  server.port (${file}, line 2): expected a whole number from 0 to 65535, found "x"`,
        '  ZAGUAN_LOG__LEVLE: unknown setting; did you mean ZAGUAN_LOG__LEVEL?',
        '  log.level (ZAGUAN_LOG__LEVEL): expected trace, debug, info, warn, error or silent, found "loud"',
        '  data.dir (--data): expected the path of a folder, found ""',
      ].join('\n'),
    )
  })

  it('names a wrong value in the file also where the environment overrides it', () => {
    write('config.yaml', 'server:\n  port: x\n')
    expect(checkConfig({ env: { ZAGUAN_SERVER__PORT: '1' }, cwd: folder }).ok).toBe(false)
  })

  it('includes those of the environment where the file is not YAML', () => {
    write('config.yaml', 'server: [')
    const checked = checkConfig({ env: { ZAGUAN_SERVER__PORT: 'x' }, cwd: folder })
    expect(checked.ok ? [] : checked.faults.map((fault) => fault.key)).toContain('server.port')
  })
})
