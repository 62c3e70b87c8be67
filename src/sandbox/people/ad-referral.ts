import { proto } from '@whiskeysockets/baileys'

/** Describes the advertisement through which a customer came to write. */
export interface AdReferral {
  sourceUrl: string
  title?: string
  body?: string
  /** The advertisement's id. */
  sourceId?: string
  /** The click id, for the advertiser's statistics. */
  clickId?: string
  /** App that showed the advertisement, such as `facebook` or `instagram`. */
  app?: string
  /** The greeting of the advertiser's page. */
  greeting?: string
}

const { MediaType } = proto.ContextInfo.ExternalAdReplyInfo

/** Adds an advertisement to a message, as WhatsApp's app does when a tap on it opened the chat. */
export function withReferral(message: proto.IMessage, ad: AdReferral): proto.IMessage {
  const { sourceUrl, title, body, sourceId, clickId, app = 'facebook', greeting } = ad
  const contextInfo: proto.IContextInfo = {
    conversionSource: 'FB_Ads',
    conversionDelaySeconds: 5,
    entryPointConversionSource: 'ctwa_ad',
    entryPointConversionApp: app,
    entryPointConversionDelaySeconds: 5,
    externalAdReply: {
      sourceUrl,
      sourceType: 'ad',
      sourceApp: app,
      mediaType: MediaType.IMAGE,
      renderLargerThumbnail: true,
      showAdAttribution: true,
      ...(title === undefined ? {} : { title }),
      ...(body === undefined ? {} : { body }),
      ...(sourceId === undefined ? {} : { sourceId }),
      ...(clickId === undefined ? {} : { ctwaClid: clickId }),
      ...(greeting === undefined
        ? {}
        : { greetingMessageBody: greeting, automatedGreetingMessageShown: true }),
    },
  }
  return withContext(message, contextInfo)
}

/** Adds a context. Plain text has no field for one and becomes extended text; other kinds merge it into theirs. */
function withContext(message: proto.IMessage, contextInfo: proto.IContextInfo): proto.IMessage {
  const { conversation, ...rest } = message
  if (typeof conversation === 'string')
    return { ...rest, extendedTextMessage: { text: conversation, contextInfo } }
  const { extendedTextMessage, imageMessage, videoMessage } = message
  const joined = (own: proto.IContextInfo | null | undefined) => ({ ...own, ...contextInfo })
  if (extendedTextMessage) {
    const { contextInfo: own } = extendedTextMessage
    return { ...message, extendedTextMessage: { ...extendedTextMessage, contextInfo: joined(own) } }
  }
  if (imageMessage) {
    const { contextInfo: own } = imageMessage
    return { ...message, imageMessage: { ...imageMessage, contextInfo: joined(own) } }
  }
  if (videoMessage) {
    const { contextInfo: own } = videoMessage
    return { ...message, videoMessage: { ...videoMessage, contextInfo: joined(own) } }
  }
  throw new Error('Only text, images and videos come from an advertisement')
}
