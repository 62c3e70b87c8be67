const created_at = '2023-04-08T12:00:00Z'

export const account = {
  id: 'wha_12345',
  phone_number: '+1234567890',
  name: 'Customer Support',
  status: 'pending',
  qr_code_url: 'https://api.example.com/v1/whatsapp/accounts/wha_12345/qr-code?token=1680955800.Zm9v',
  created_at,
}

export const accountBody = { phone_number: '+1234567890', name: 'Customer Support' }
