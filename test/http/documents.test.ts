import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import { until } from '../support/until.ts'
import { zipOf } from '../support/zip.ts'
import { detailsOf } from '../support/details.ts'

const pdf = Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF')
const office = 'application/vnd.openxmlformats-officedocument.'
const types = '[Content_Types].xml'
const filler = ['docProps/app.xml', 'x'.repeat(5000)] as const

let app: TestApp
let client: HttpClient
let host: Server
let base: string

beforeAll(async () => {
  app = await startTestApp()
  client = new HttpClient(app.url, app.key)
  host = createServer(({ url = '' }, response) => {
    const { searchParams } = new URL(url, 'http://host')
    const [said, to] = [searchParams.get('cd'), searchParams.get('to')]
    if (to !== null) return response.writeHead(302, { location: to }).end()
    const headers = { 'content-type': 'application/pdf' }
    return response
      .writeHead(200, said === null ? headers : { ...headers, 'content-disposition': said })
      .end(pdf)
  })
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
})
afterAll(async () => {
  host.closeAllConnections()
  host.close()
  await app.stop()
})

async function upload(bytes: Uint8Array, fileName = ''): Promise<number> {
  const headers = { 'content-type': 'application/octet-stream' }
  const path = `/api/v1/media?fileName=${encodeURIComponent(fileName)}`
  const { json } = await client.ask(path, { method: 'POST', raw: bytes, headers })
  return (json as { id: number }).id
}

/** Sends a document. @returns its file name and type as sent to WhatsApp */
async function sent(media: object): Promise<{ fileName: string; mimeType: string }> {
  const before = app.line.sent.length
  expect((await client.post('/api/v1/send', { to: '5491112345678', media })).status).toBe(200)
  await until('it was sent', () => app.line.sent.length > before)
  const message = app.line.sent.at(-1)
  expect(message?.kind).toBe('document')
  const { fileName = '', mimeType = '' } = detailsOf(message).media ?? {}
  return { fileName, mimeType }
}

const named = async (media: object) => (await sent(media)).fileName

test('a document goes out with the name that it was given, or that its server says, or that its address has', async () => {
  const said = encodeURIComponent("attachment; filename*=UTF-8''factura%20a%C3%B1o.pdf")
  expect(await named({ url: `${base}/x.bin?cd=${said}`, fileName: 'mía' })).toBe('mía.pdf')
  expect(await named({ url: `${base}/x.bin?cd=${said}` })).toBe('factura año.pdf')
  expect(await named({ url: `${base}/Factura%20a%C3%B1o.pdf` })).toBe('Factura año.pdf')
  const elsewhere = encodeURIComponent(`${base}/Lista.pdf`)
  expect(await named({ url: `${base}/ir?to=${elsewhere}` })).toBe('Lista.pdf')
  const store = encodeURIComponent(`${base}/8f3a`)
  expect(await named({ url: `${base}/Recibo.pdf?to=${store}` })).toBe('Recibo.pdf')
  expect(await named({ id: await upload(pdf, 'recibo') })).toBe('recibo.pdf')
})

test('a document without a name gets one in the language of the business, with its extension', async () => {
  expect(await named({ url: `${base}/download?id=5` })).toBe('documento.pdf')
  expect(await named({ url: `${base}/factura.php` })).toBe('documento.pdf')
  expect(await named({ id: await upload(pdf) })).toBe('documento.pdf')
  expect(await named({ id: await upload(Buffer.from('a;b\n1;2')) })).toBe('documento.txt')
})

test.each([
  ['a workbook', 'xlsx', `${office}spreadsheetml.sheet`, [filler, ['xl/workbook.xml', ''], [types, '']]],
  [
    'a letter',
    'docx',
    `${office}wordprocessingml.document`,
    [filler, ['word/document.xml', ''], [types, '']],
  ],
  [
    'slides',
    'pptx',
    `${office}presentationml.presentation`,
    [filler, ['ppt/presentation.xml', ''], [types, '']],
  ],
  [
    'a workbook with macros',
    'xlsm',
    'application/vnd.ms-excel.sheet.macroenabled.12',
    [filler, ['xl/workbook.xml', ''], ['xl/vbaProject.bin', ''], [types, '']],
  ],
  [
    'a text of another office',
    'odt',
    'application/vnd.oasis.opendocument.text',
    [filler, ['mimetype', 'application/vnd.oasis.opendocument.text']],
  ],
  ['a book', 'epub', 'application/epub+zip', [filler, ['mimetype', 'application/epub+zip']]],
  ['a program', 'jar', 'application/java-archive', [filler, ['META-INF/MANIFEST.MF', '']]],
  [
    'an app',
    'apk',
    'application/vnd.android.package-archive',
    [filler, ['META-INF/MANIFEST.MF', ''], ['AndroidManifest.xml', '']],
  ],
  ['an archive', 'zip', 'application/zip', [filler, ['fotos/a.txt', 'x']]],
] as const)(
  '%s is known by its parts, in whatever order they are: %s',
  async (_, extension, mimeType, parts) => {
    const id = await upload(zipOf(parts))
    expect((await client.get('/api/v1/media/' + id)).status).toBe(200)
    expect(await sent({ id })).toEqual({ fileName: `documento.${extension}`, mimeType })
  },
)

test('a broken list of parts makes no fault: the file is an archive, or of no known type', async () => {
  const whole = zipOf([filler, ['xl/workbook.xml', ''], [types, '']])
  for (const bytes of [
    whole.subarray(0, -30),
    Buffer.concat([whole.subarray(0, -22), Buffer.alloc(22, 0xff)]),
  ]) {
    const { mimeType } = await sent({ id: await upload(bytes) })
    expect(['application/zip', 'application/octet-stream']).toContain(mimeType)
  }
  const far = Buffer.from(whole)
  far.writeUInt32LE(0xff_ff_ff_ff, far.length - 6)
  far.writeUInt32LE(0xff_ff_ff_ff, far.length - 10)
  expect((await sent({ id: await upload(far) })).mimeType).toMatch(/zip|octet-stream/)
})
