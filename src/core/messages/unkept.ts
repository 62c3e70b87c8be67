/** Why something acknowledged to WhatsApp is not kept as a message or change; the words are labels of a metric. */
const unkeptReasons = {
  housekeeping: 'Devices told each other keys, settings or history: it is acted upon, and nobody wrote it.',
  phone_only: 'It changes how phones show messages and chats (a pin, a setting), and says nothing itself.',
  switched_off: 'The configuration wants nothing of chats of that kind.',
  erased: 'It is of somebody who was erased.',
  own_list: 'The owner wrote to a broadcast list, and WhatsApp does not say here who is on it.',
  no_chat:
    'It came from an address that is no chat: an assistant of WhatsApp, a call, a server of a kind unknown here.',
  unreadable: 'The stanza makes no sense: without an id, without its writer, or from a server unknown here.',
  assistant: 'It is an answer of WhatsApp’s assistant, encrypted in a way of its own.',
  set_aside: 'It could not become a message; the bytes are kept.',
  edit_refused: 'Somebody tried to edit what somebody else wrote.',
  deletion_refused: 'Somebody who is no administrator tried to delete what somebody else wrote.',
  no_effect: 'It changes a message in a way that a message of its kind cannot be changed in.',
  target_missing:
    'The message that it changes did not come within a month, or too many such changes wait in that chat.',
} as const

/** A reason for dropping received data. */
export type UnkeptReason = keyof typeof unkeptReasons
