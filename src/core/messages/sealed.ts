/** Encrypted content: only the secret of the message that it is about decrypts it. Both fields are base64. */
export interface Sealed {
  payload: string
  iv: string
}

/** Names the use of sealed content, as it enters the key's derivation. */
export type SealUse =
  | 'Poll Vote'
  | 'Event Response'
  | 'Event Edit'
  | 'Message Edit'
  | 'Poll Edit'
  | 'Poll Add Option'
  | 'Enc Reaction'
