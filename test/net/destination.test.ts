import { describe, expect, it } from 'vitest'
import { DestinationPolicy, ownNetworks } from '../../src/net/destination.ts'

const names: Record<string, string[]> = {
  'crm.example': ['93.184.216.34'],
  'inside.example': ['10.1.2.3'],
  'both.example': ['93.184.216.34', '127.0.0.1'],
  'mapped.example': ['::ffff:10.0.0.1'],
  'v6.example': ['2606:4700::1111'],
}
const resolver = (host: string) => {
  const found = names[host]
  if (!found) return Promise.reject(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }))
  return Promise.resolve(found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))
}
const policy = (...allow: string[]) => new DestinationPolicy(allow, resolver)

const refused = [
  'http://127.0.0.1/',
  'http://127.1/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://0/',
  'http://0.0.0.0/',
  'http://10.0.0.1/',
  'http://172.16.0.1/',
  'http://192.168.1.1/',
  'http://169.254.169.254/latest/meta-data',
  'http://100.64.0.1/',
  'http://198.18.0.1/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'http://[::1]/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[::127.0.0.1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[fd00::1]/',
  'http://[fe80::1]/',
  'http://[fec0::1]/',
  'http://[2002:7f00:1::]/',
  'http://inside.example/',
  'http://both.example/',
  'http://mapped.example/',
  'https://INSIDE.example./',
]

describe('a private address', () => {
  it.each(refused)('BOTSSY-107: %s is refused, and the setting is named', async (url) => {
    await expect(policy().check(url)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('webhooks.allowPrivate') as string,
    })
  })

  it.each(refused.filter((url) => !url.includes('example')))('%s is refused at every connection', (url) => {
    expect(policy().allowsLiteral(new URL(url))).toBe(false)
  })

  it('is refused after the lookup of a name, also where another one is public', async () => {
    for (const host of ['inside.example', 'both.example']) {
      const error = await new Promise((resolve) =>
        policy().lookup(host, { all: true }, (error) => resolve(error)),
      )
      expect(error).toMatchObject({ name: 'PrivateAddressError' })
    }
  })

  it('that appears after the creation is refused: rebinding gains nothing', async () => {
    let address = '93.184.216.34'
    const turning = new DestinationPolicy([], () => Promise.resolve([{ address, family: 4 }]))
    await turning.check('http://turns.example/')
    address = '127.0.0.1'
    const error = await new Promise((resolve) =>
      turning.lookup('turns.example', {}, (error) => resolve(error)),
    )
    expect(error).toMatchObject({ name: 'PrivateAddressError' })
  })
})

describe('an allowed address', () => {
  it.each([
    'https://crm.example/hook',
    'http://93.184.216.34:8080/',
    'http://[2606:4700::1111]/',
    'http://unknown.example/',
  ])('such as %s passes', (url) => expect(policy().check(url)).resolves.toBeUndefined())

  it('is a private host, address or network that the setting lists', async () => {
    await policy('inside.example').check('http://inside.example/')
    await policy('10.1.2.3').check('http://inside.example/')
    await policy('10.0.0.0/8').check('http://inside.example/')
    await policy('10.0.0.0/8').check('http://10.9.9.9/')
    await policy('127.0.0.1').check('http://2130706433/')
    await policy('::1').check('http://[::1]/')
    await expect(policy('10.0.0.0/8').check('http://192.168.0.1/')).rejects.toThrow()
  })

  it('hands the checked addresses on to the connection', async () => {
    const found = await new Promise((resolve) =>
      policy().lookup('crm.example', { all: true }, (_, addresses) => resolve(addresses)),
    )
    expect(found).toEqual([{ address: '93.184.216.34', family: 4 }])
  })
})

describe('the agents of cloud providers', () => {
  const agents = [
    'http://168.63.129.16/machine?comp=goalstate',
    'http://169.254.169.254/',
    'http://100.100.100.200/',
    'http://192.0.0.192/',
    'http://[fd00:ec2::254]/',
  ]

  it.each(agents)('%s is refused, whatever network is listed', async (url) => {
    const all = policy('0.0.0.0/0', '::/0')
    for (const each of [policy(), all]) await expect(each.check(url)).rejects.toThrow('private address')
    expect(all.allowsLiteral(new URL(url))).toBe(false)
  })

  it('may be listed one by one', () =>
    expect(policy('168.63.129.16').check(agents[0]!)).resolves.toBe(undefined))
})

describe('a port of another protocol', () => {
  it.each([22, 25, 110, 3306, 5432, 6379, 6667, 11_211])('%i is refused with its number', async (port) => {
    const url = `https://crm.example:${port}/hook`
    await expect(policy('crm.example').check(url)).rejects.toThrow(`port ${port}`)
    expect(policy('crm.example').allowsLiteral(new URL(url))).toBe(false)
  })

  it.each([80, 443, 3000, 8080, 8443, 65_000])('%i passes', (port) =>
    expect(policy().check(`https://crm.example:${port}/hook`)).resolves.toBe(undefined),
  )
})

describe('in the sandbox', () => {
  it.each(['http://localhost:4000/', 'http://127.0.0.1/', 'http://192.168.1.20/', 'http://[::1]/'])(
    '%s may be reached',
    (url) => expect(policy(...ownNetworks).check(url)).resolves.toBe(undefined),
  )

  it('the agents of cloud providers may not be reached', () =>
    expect(policy(...ownNetworks).check('http://169.254.169.254/')).rejects.toThrow('private address'))
})

describe('an invalid address', () => {
  it.each([
    'ftp://crm.example/',
    'file:///etc/passwd',
    'crm.example',
    'http://',
    'http://u:p@crm.example/',
    'javascript:alert(1)',
  ])('%s is refused', (url) => expect(policy().check(url)).rejects.toMatchObject({ code: 'invalid_request' }))
})
