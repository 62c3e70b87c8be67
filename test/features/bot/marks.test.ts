import { expect, test } from 'vitest'
import { toWhatsAppMarks } from '../../../src/features/bot/engine/marks.ts'

/** Texts as models write them, and as customers see them. */
const shown: [string, string][] = [
  ['**Abrimos** hoy', '*Abrimos* hoy'],
  ['__Abrimos__ hoy', '*Abrimos* hoy'],
  ['***muy importante***', '*_muy importante_*'],
  ['~~cerrado~~ abierto', '~cerrado~ abierto'],
  ['*ya en negrita* y _cursiva_', '*ya en negrita* y _cursiva_'],
  ['**a *b* c**', '*a _b_ c*'],
  ['** Hola **', '*Hola*'],
  ['**Hola', 'Hola'],
  ['### **Servicios**\nCorte', '*Servicios*\nCorte'],
  ['# Precios #', '*Precios*'],
  ['## Los **nuevos** precios', '*Los nuevos precios*'],
  ['Servicios\n=========\nCorte', '*Servicios*\nCorte'],
  ['**Horario:\nlunes a sábado**', '*Horario:*\n*lunes a sábado*'],
  ['__Horario:\nlunes__', '*Horario:*\n*lunes*'],
  ['uno\n\n---\n\ndos', 'uno\n\ndos'],
  ['* uno\n* dos\n+ tres', '- uno\n- dos\n- tres'],
  ['- [ ] pagar\n- [x] reservar', '- pagar\n- reservar'],
  ['Días:\n\n| Servicio | Día |\n|---|---|\n| Corte | lunes |', 'Días:\n\n- Corte: lunes'],
  [
    '| Servicio | Día | Precio |\n|:--|:-:|--:|\n| **Corte** | lunes | 10 € |\n| Color | | 20 € |',
    '- *Corte* · Día: lunes · Precio: 10 €\n- Color · Precio: 20 €',
  ],
  ['Servicio | Día\n--- | ---\nCorte | lunes', '- Corte: lunes'],
  ['Abrimos<br>lunes &amp; martes', 'Abrimos\nlunes & martes'],
  ['<p>Hola <b>Ana</b></p><ul><li>uno</li><li>dos</li></ul>', 'Hola *Ana*\n\n- uno\n- dos'],
  ['<strong>S&iacute;</strong>, a las 9&nbsp;h &#128077;', '*Sí*, a las 9 h 👍'],
  ['<a href="https://sol.example/a">aquí</a>', 'aquí: https://sol.example/a'],
  ['```markdown\n**Lunes**\n```', '*Lunes*'],
  ['```\nHola\n```', 'Hola'],
  ['Copia:\n```bash\nnpm i **x**\n```\nListo', 'Copia:\n```npm i **x**```\nListo'],
  ['usa `**x**` así', 'usa `**x**` así'],
  ['Abrimos lunes a sábado【4:0†horario.md】', 'Abrimos lunes a sábado'],
  ['Abrimos lunes [doc1][doc2].', 'Abrimos lunes.'],
  ['Abrimos lunes[1].', 'Abrimos lunes.'],
  ['Abrimos \uE200cite\uE202turn0\uE201', 'Abrimos'],
  ['[aquí](https://sol.example/x "título")', 'aquí: https://sol.example/x'],
  ['[https://sol.example](https://sol.example/)', 'https://sol.example/'],
  ['[sol.example](https://sol.example)', 'https://sol.example'],
  ['![logo](https://sol.example/l.png)', 'logo: https://sol.example/l.png'],
  ['<https://sol.example>', 'https://sol.example'],
  ['[escríbenos](mailto:a@sol.example)', 'escríbenos: a@sol.example'],
  ['Mira [aquí][1].\n\n[1]: https://sol.example/x', 'Mira aquí: https://sol.example/x.'],
  ['**https://sol.example/a_b__c**', '*https://sol.example/a_b__c*'],
  ['5 \\* 3 \\_ y 1\\.', '5 * 3 _ y 1.'],
  ['> cita', '> cita'],
  ['a\n\n\n\nb', 'a\n\nb'],
]

test.each(shown)('%j is shown as %j', (written, seen) => {
  expect(toWhatsAppMarks(written)).toBe(seen)
})

test.each([
  'Su código es REF__A__B',
  'El archivo es mi__lista__final',
  'El archivo es __init__.py',
  'Pague en https://sol.example/pago__ref__2026',
  'Mire https://sol.example/a_(b)?x=1&y=**2**',
  'El código AB**12**C y 2*3*4',
  'Clave: a~~b~~c',
  'El usuario es @__ana__',
  'Escriba a __ana__@sol.example',
  'Elija [1] corte o [2] color',
  'Escriba <su nombre> al volver',
  'R&D, 5 < 6 y a|b',
])('codes, file names and addresses stay as they are: %s', (text) => {
  expect(toWhatsAppMarks(text)).toBe(text)
})
