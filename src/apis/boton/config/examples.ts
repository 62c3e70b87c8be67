export const configBody = {
  botPurpose: 'attend',
  botNewChats: true,
  customInstructions: 'Responde solo en español',
}

export const configAnswer = {
  success: true,
  config: { businessName: 'Mi Negocio', businessDescription: '', guardrails: '', ...configBody },
}
