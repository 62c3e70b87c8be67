import { createPrivateKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** Holds a certificate and its key, both PEM. */
export interface ServerCertificate {
  readonly key: string
  readonly cert: string
}

const validForDays = 3650
const ecdsaWithSha256 = oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)
const commonName = oid(0x55, 0x04, 0x03)
const subjectAltName = oid(0x55, 0x1d, 0x11)
const basicConstraints = oid(0x55, 0x1d, 0x13)

/** Creates a self-signed certificate for these names and addresses: P-256, which takes no time to generate. */
export function selfSigned(hosts: string[]): ServerCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const certificate = build(publicKey.export({ type: 'spki', format: 'der' }), createPrivateKey(key), hosts)
  const lines = certificate.toString('base64').replaceAll(/.{64}/g, '$&\n')
  return { key, cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n` }
}

function build(publicKey: Buffer, privateKey: KeyObject, hosts: string[]): Buffer {
  const name = sequence(set(sequence(commonName, tagged(0x0c, Buffer.from('Sandbox media host')))))
  const algorithm = sequence(ecdsaWithSha256)
  const now = Date.now()
  const validity = sequence(time(now - 3_600_000), time(now + validForDays * 86_400_000))
  const serial = randomBytes(8)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 1
  const names = hosts.map((host) =>
    isIPv4(host)
      ? tagged(0x87, Buffer.from(host.split('.').map(Number)))
      : tagged(0x82, Buffer.from(host, 'ascii')),
  )
  const critical = tagged(0x01, Buffer.from([0xff]))
  const extensions = sequence(
    sequence(subjectAltName, tagged(0x04, sequence(...names))),
    sequence(basicConstraints, critical, tagged(0x04, sequence(critical))),
  )
  const version = tagged(0xa0, integer(Buffer.from([2])))
  const signed = sequence(
    version,
    integer(serial),
    algorithm,
    name,
    validity,
    name,
    publicKey,
    tagged(0xa3, extensions),
  )
  const signature = sign('sha256', signed, privateKey)
  return sequence(signed, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])))
}

/** Encodes DER: a tag, the length, the content. */
function tagged(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), lengthOf(content), content])
}

function lengthOf({ length }: Buffer): Buffer {
  if (length < 0x80) return Buffer.from([length])
  return length < 0x100 ? Buffer.from([0x81, length]) : Buffer.from([0x82, length >> 8, length & 0xff])
}

function sequence(...items: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(items))
}

function set(item: Buffer): Buffer {
  return tagged(0x31, item)
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes)
}

function oid(...bytes: number[]): Buffer {
  return tagged(0x06, Buffer.from(bytes))
}

/** Encodes a UTCTime: `YYMMDDHHMMSSZ`. */
function time(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replaceAll(/\D/g, '').slice(2, 14)
  return tagged(0x17, Buffer.from(`${digits}Z`))
}
