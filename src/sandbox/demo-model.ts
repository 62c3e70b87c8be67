import type { Part } from '../util/lifecycle.ts'
import { ModelServer } from './model-server.ts'
import type { ChatRequest, ScriptedReply } from './model-server.ts'

/** The model name under which scripted answers are stored, so that they are not taken for a model's. */
export const demoModelName = 'sandbox-script'

/** Replaces the language model if none is configured, so that a whole conversation can be seen without one. */
export class DemoModel implements Part {
  readonly name = 'sandbox model'
  private readonly server = new ModelServer(demoAnswer)

  /** Returns its base URL, once it has started. */
  get baseUrl(): string {
    return this.server.baseUrl
  }

  async start(): Promise<void> {
    await this.server.start()
  }

  stop(): Promise<void> {
    return this.server.stop()
  }
}

const words = {
  es: {
    hello: '¡Hola! Soy el asistente de pruebas del sandbox. ¿En qué puedo ayudarte?',
    bye: '¡Gracias a ti! Aquí estoy si necesitas algo más.',
    about: 'Soy un guion del sandbox, no un modelo de lenguaje. Esto es lo que sé del negocio:',
    other:
      'Recibí tu mensaje. Soy un guion del sandbox: configura un modelo de lenguaje para respuestas de verdad.',
  },
  pt: {
    hello: 'Olá! Sou o assistente de testes do sandbox. Em que posso ajudar?',
    bye: 'Eu é que agradeço! Estou aqui se precisar de mais alguma coisa.',
    about: 'Sou um roteiro do sandbox, não um modelo de linguagem. Isto é o que sei do negócio:',
    other:
      'Recebi sua mensagem. Sou um roteiro do sandbox: configure um modelo de linguagem para respostas de verdade.',
  },
  en: {
    hello: 'Hello! I am the test assistant of the sandbox. How can I help you?',
    bye: 'Thank you! I am here if you need anything else.',
    about: 'I am a script of the sandbox, not a language model. This is what I know about the business:',
    other: 'I got your message. I am a script of the sandbox: set up a language model for real answers.',
  },
} as const

/** Greets, looks up the business when asked about it, says goodbye, and otherwise introduces itself as a demo. */
function demoAnswer(request: ChatRequest): ScriptedReply {
  const last = request.messages.at(-1)
  const customer = request.messages
    .filter(({ role }) => role === 'user')
    .map(({ content }) => within(content ?? ''))
  const said = customer.at(-1)?.toLowerCase() ?? ''
  const language = languageOf(customer.join(' ').toLowerCase())
  if (last?.role === 'tool') {
    const info = within(last.content ?? '')
    const description = /"description":"((?:[^"\\]|\\.)*)"/.exec(info)?.[1] ?? ''
    return { text: `${words[language].about} ${description || '…'}` }
  }
  if (
    /horario|abr[ei]|dónde|donde|direcci|qué hac|quem|quién|onde|endere|open|where|hours|who|about/.test(said)
  ) {
    return { calls: [{ name: 'get_business_info', arguments: {} }] }
  }
  if (/gracias|adi[óo]s|chau|obrigad|tchau|thank|bye/.test(said)) return { text: words[language].bye }
  const greets = /^(?:¡?hola|buen|olá|ola|oi|bom dia|boa tarde|hello|hi|hey)\b/.test(said)
  return { text: greets ? words[language].hello : varied(words[language].other, customer.length) }
}

/** Varies a text: the gateway's checks stop an assistant that repeats itself. */
function varied(text: string, count: number): string {
  return count % 3 === 0 ? `${text.split('. ')[0] ?? text}. (${'·'.repeat(count % 7)})` : text
}

function within(text: string): string {
  return /<<data [^>]*>>\n([\s\S]*)\n<<end/.exec(text)?.[1] ?? text
}

function languageOf(text: string): keyof typeof words {
  if (/\b(?:você|vocês|olá|oi|obrigad[oa]|não|quero|bom dia)\b/.test(text)) return 'pt'
  return /\b(?:the|hello|hi|you|is|are|where|what|please|thanks)\b/.test(text) ? 'en' : 'es'
}
