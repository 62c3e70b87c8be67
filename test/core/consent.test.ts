import { expect, test } from 'vitest'
import { answersQuestion, readConsentWord } from '../../src/features/sending/rules/consent.ts'

const none = { stop: [], again: [] }
const read = (text: string) => readConsentWord(text, none)

/** Ways in which people end advertising. */
const stops: Record<'es' | 'pt' | 'en', readonly string[]> = {
  es: [
    'BAJA',
    'Baja.',
    '*BAJA*',
    '“Baja”',
    'BAJA gracias',
    'Hola, baja por favor',
    'quiero darme de baja',
    'Quisiera darme de baja de la lista',
    'dame de baja por favor',
    'denme de baja de esta lista de difusión',
    'me doy de baja',
    '¿Me pueden dar de baja?',
    'baja de la lista',
    'no quiero recibir más mensajes',
    'No quiero más mensajes, gracias',
    'no quiero recibir publicidad',
    'no quiero recibir más sus promociones',
    'No deseo recibir ofertas',
    'ya no quiero recibir mensajes de ustedes',
    'no quiero que me escriban más',
    'no me escriban más',
    'no me manden más mensajes',
    'no me envíen publicidad',
    'No me molesten más',
    'dejen de escribirme',
    'deja de mandarme mensajes',
    'quítenme de la lista',
    'sáquenme de su lista',
    'bórrame de la base de datos',
    'quiero que me saquen de la lista',
    'eliminen mi número de su lista',
    'quiero cancelar la suscripción',
    'desuscribirme',
    'me quiero desuscribir',
    'basta de spam',
    'no más publicidad',
  ],
  pt: [
    'SAIR',
    'sair por favor',
    'quero sair da lista',
    'Sair da lista',
    'não quero mais mensagens',
    'não quero receber mais mensagens',
    'Não quero mais receber promoções',
    'não quero receber propaganda',
    'não me mande mais mensagens',
    'não me enviem mais nada',
    'parem de me mandar mensagens',
    'pare de me enviar mensagens',
    'me tira da lista',
    'remova meu número da lista',
    'quero me descadastrar',
    'cancelar inscrição',
    'quero cancelar minha assinatura',
    'chega de propaganda',
    'descadastrar',
  ],
  en: [
    'unsubscribe',
    'Please unsubscribe me',
    'I want to unsubscribe from this list',
    'Stop texting me',
    'stop messaging me please',
    'Stop sending me messages',
    'please stop sending these messages',
    "don't text me anymore",
    'do not contact me again',
    'take me off your list',
    'Remove me from the mailing list',
    'Can you take me off this list?',
    'remove my number from your list',
    'no more messages',
    "I don't want any more messages",
    'I do not want to receive promotions',
    "I'd like to opt out",
    'remove me',
  ],
}

test.each(Object.entries(stops).flatMap(([language, list]) => list.map((text) => [text, language] as const)))(
  '%j ends advertising, in %s',
  (text, language) => expect(read(text)).toEqual({ kind: 'stop', language }),
)

test.each(['STOP', 'Stop!!!', 'opt-out', 'optout', 'parar', 'pare'])(
  '%j ends advertising, in no certain language',
  (text) => expect(read(text)).toEqual({ kind: 'stop', language: null }),
)

test.each([
  '¿Doy de baja la pauta?',
  'Prefiero planta baja',
  '¿Baja?',
  'quiero dar de baja mi línea',
  'quiero la talla más baja',
  'no quiero más azúcar en el café',
  'no quiero recibir el pedido mañana',
  'no me mandes el azul, mejor el rojo',
  'no me escribas ahora que estoy manejando',
  'dejen de vender eso',
  'sácame de la duda',
  'quiero cancelar mi turno',
  'la presión está baja',
  'ya no quiero el turno',
  'quero sair hoje à noite',
  'não quero mais o corte',
  'não me mande o vermelho',
  'pode parar o carro aí?',
  'stop by tomorrow',
  'bus stop',
  "don't stop",
  "I don't want",
  "I don't want the blue one",
  'take me off guard',
  'remove the onions',
  'Cancel my appointment please',
  'quiero que me den mas informacion',
  'no quiero información falsa, quiero saber el precio del corte que vi en su publicidad de la semana pasada',
])('%j ends nothing', (text) => expect(read(text)).toBeUndefined())

test.each([
  ['ALTA', 'es'],
  ['quiero suscribirme', 'es'],
  ['Voltar', 'pt'],
  ['subscribe', 'en'],
])('%j wants messages again', (text, language) => expect(read(text)).toEqual({ kind: 'again', language }))

test('a word answers a question that offers it, and not a line that tells to write it', () => {
  expect(answersQuestion('Baja', '¿Prefieres planta alta o baja?')).toBe(true)
  expect(answersQuestion('alta', '¿Presión alta o baja?\n1. Alta\n2. Baja')).toBe(true)
  expect(answersQuestion('Baja', '¿Te gustó? Responde BAJA si no quieres recibir más mensajes.')).toBe(false)
  expect(answersQuestion('Sair', 'Novidades? Responda SAIR se não quiser receber mais mensagens.')).toBe(
    false,
  )
  expect(answersQuestion('Baja', '¿En qué te ayudo?')).toBe(false)
  expect(answersQuestion('Baja', 'Planta baja.')).toBe(false)
})
