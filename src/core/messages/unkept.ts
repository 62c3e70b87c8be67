/** Reasons why data acknowledged to WhatsApp are not kept as a message or change; the words are labels of a metric. */
const unkeptReasons = {
  housekeeping: 'Data between devices, such as keys, settings or history: processed, not a message.',
  phone_only: 'It only changes how phones show chats, such as a pin or a setting.',
  switched_off: 'The configuration does not keep chats of this kind.',
  erased: 'It is from an erased person.',
  own_list: 'It went to a broadcast list, whose members WhatsApp does not report.',
  no_chat:
    'It came from an address that is not a chat: an assistant of WhatsApp, a call or an unknown server.',
  unreadable: 'The stanza is malformed: it lacks its id or author, or comes from an unknown server.',
  assistant: 'It is an answer of WhatsApp’s assistant, with its own encryption.',
  set_aside: 'It could not be read as a message; its bytes are kept.',
  edit_refused: 'It edits a message of another author.',
  deletion_refused: 'It deletes a message of another author, and its sender is no administrator.',
  no_effect: 'It makes a change that messages of this kind do not allow.',
  target_missing:
    'The message it changes did not arrive within a month, or too many changes wait in its chat.',
} as const

/** Names a reason for dropping received data. */
export type UnkeptReason = keyof typeof unkeptReasons
