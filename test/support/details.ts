import type { DetailsOf, MessageBody } from '../../src/core/message-body.ts'

type AnyDetails = Partial<
  DetailsOf<'text'> &
    DetailsOf<'image'> &
    DetailsOf<'location'> &
    DetailsOf<'contact'> &
    DetailsOf<'poll'> &
    DetailsOf<'edit'>
>

/** The details of a message of any kind; nothing where there are none. */
export function detailsOf(message: Pick<MessageBody, 'details'> | undefined): AnyDetails {
  return message?.details ?? {}
}
