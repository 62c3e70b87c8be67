export const config = {
  config: {
    businessName: 'Mi Negocio',
    businessDescription: '',
    botPurpose: 'attend',
    guardrails: '',
    customInstructions: 'Responde solo en español',
    botNewChats: true,
  },
  sources: {
    businessName: 'file',
    businessDescription: 'default',
    botPurpose: 'default',
    guardrails: 'default',
    customInstructions: 'api',
    botNewChats: 'api',
  },
}
