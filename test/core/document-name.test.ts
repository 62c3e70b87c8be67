import { expect, test } from 'vitest'
import { documentName, nameInAddress } from '../../src/features/media/document-name.ts'
import { nameInDisposition } from '../../src/net/disposition.ts'
import { leastCpuMs } from '../support/cpu-time.ts'

const sheet = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

test.each([
  ['factura', 'application/pdf', 'factura.pdf'],
  ['factura.PDF', 'application/pdf', 'factura.PDF'],
  ['foto.jpg', 'application/pdf', 'foto.pdf'],
  ['Informe v2.1', 'application/pdf', 'Informe v2.1.pdf'],
  ['informe.v2', 'application/pdf', 'informe.v2.pdf'],
  ['Sr. Gómez', 'application/pdf', 'Sr. Gómez.pdf'],
  ['lista.csv', 'text/plain', 'lista.csv'],
  ['lista', 'text/plain', 'lista.txt'],
  ['lista.zip', sheet, 'lista.xlsx'],
  ['viejo.xls', 'application/x-cfb', 'viejo.xls'],
  ['plano.dwg', 'application/octet-stream', 'plano.dwg'],
  ['plano.pages', 'application/zip', 'plano.pages'],
  ['factura.pdf', 'application/x-msdownload', 'factura.exe'],
  ['../../etc/factura', 'application/pdf', 'factura.pdf'],
  ['ñ'.repeat(300), 'application/pdf', `${'ñ'.repeat(116)}.pdf`],
  ['.pdf', 'application/pdf', 'pdf.pdf'],
  ['x', 'model/unheard-of', 'x'],
])('the document %j of type %s goes out as %j', (name, type, shown) => {
  expect(documentName(name, type)).toBe(shown)
})

test.each([
  ['https://x.example/Factura%20a%C3%B1o.pdf?x=1', 'Factura año.pdf'],
  ['https://x.example/a/..%2F..%2Fetc%2Fp.txt', 'p.txt'],
  ['https://x.example/download?id=5', ''],
  ['https://x.example/factura.php', ''],
  ['https://x.example/', ''],
  ['https://x.example/%E0%A4%A.pdf', '%E0%A4%A.pdf'],
])('the address %s names %j', (url, name) => {
  expect(nameInAddress(url)).toBe(name)
})

test.each([
  [`attachment; filename*=UTF-8''factura%20a%C3%B1o.pdf`, 'factura año.pdf'],
  [`attachment; filename="plain.pdf"; filename*=utf-8'es'a%C3%B1o.pdf`, 'año.pdf'],
  [`attachment;filename*=ISO-8859-1''a%F1o.pdf; filename=x.pdf`, 'año.pdf'],
  [`attachment; filename*=UTF-8''a%F1o.pdf; filename="otro.pdf"`, 'otro.pdf'],
  [`attachment; filename*=nope''a.pdf; filename=otro.pdf`, 'otro.pdf'],
  ['attachment; filename="con \\"comillas\\"; y punto.pdf"', 'con _comillas_; y punto.pdf'],
  ['attachment; filename=sin comillas.pdf', 'sin comillas.pdf'],
  ['inline; FileName = "a.pdf" ; size=3', 'a.pdf'],
  ['attachment; filename="a%C3%B1o%20nuevo.pdf"', 'año nuevo.pdf'],
  ['attachment; filename="100% real.pdf"', '100% real.pdf'],
  [`attachment; filename="${Buffer.from('año.pdf').toString('latin1')}"`, 'año.pdf'],
  ['attachment; filename="a\xf1o.pdf"', 'año.pdf'],
  ['attachment; filename="../../etc/passwd.txt"', 'passwd.txt'],
  [String.raw`attachment; filename="C:\datos\lista.csv"`, 'lista.csv'],
  ['attachment; filename="abierto.pdf', 'abierto.pdf'],
  ['attachment', ''],
  ['attachment; filename=""', ''],
  ['', ''],
])('the header %j names %j', (header, name) => {
  expect(nameInDisposition(header)).toBe(name)
})

test('headers and names of any length take no time', () => {
  const readAll = () => {
    for (const piece of ['a', ';', '"', '\\', '; filename=', '%', ' ', '.', "'"]) {
      nameInDisposition(`attachment; filename="${piece.repeat(65_536)}`)
      nameInDisposition(`attachment;${piece.repeat(4000)}`)
      documentName(piece.repeat(65_536), 'application/pdf')
      nameInAddress(`https://x.example/${piece.repeat(65_536)}`)
    }
  }
  expect(leastCpuMs(300, readAll)).toBeLessThan(300)
})
