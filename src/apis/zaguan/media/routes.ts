import { z } from 'zod'
import type { Caller } from '../../../core/caller.ts'
import { MediaView, fileNameField, presentMedia } from '../../shared/media.ts'
import { idParam } from '../../shared/params.ts'
import { FileAnswer } from '../../../http/answers/file-answer.ts'
import { RawAnswer, route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import { Upload } from '../../../http/requests/upload.ts'
import type { MediaLibrary } from '../../../features/media/media-library.ts'

const tag = 'Media'
const one = z.strictObject({ id: idParam('The file') })
const UploadQuery = z.strictObject({ fileName: fileNameField })
const MediaDeleted = z.object({ success: z.literal(true) })
const Token = z.strictObject({
  token: z.string().optional().meta({ description: 'A short-lived token in place of the key' }),
})

const example = {
  id: 17,
  status: 'ready' as const,
  reason: null,
  mimeType: 'image/jpeg',
  fileName: 'torta.jpg',
  size: 182_044,
  url: 'https://gateway.example.com/api/v1/media/17?token=1774443600.o1…',
}

/** Returns the routes to upload and download files. */
export function mediaRoutes(media: MediaLibrary): Route[] {
  return [uploadRoute(media), fileRoute(media), removeRoute(media), thumbnailRoute(media), fetchRoute(media)]
}

function uploadRoute(media: MediaLibrary): Route {
  return route({
    method: 'post',
    path: '/api/v1/media',
    id: 'media.upload',
    summary: 'Upload a file, to send it by its id',
    description:
      'The body is the file itself, or a form with a part `file`. The type is detected from the bytes. The same file under the ' +
      'same name gets the same id; a file never sent is deleted after a week. A key uploads at most 4 files at once, ' +
      'and at most media.maxUploadBytesPerDay bytes a day (429); 507 if the account already keeps ' +
      'media.maxKeptBytes, or the free disk space is reserved for the databases (data.reserveMb).',
    tag,
    scope: 'write:messages',
    status: 201,
    upload: true,
    query: UploadQuery,
    response: MediaView,
    examples: { response: example },
  }).handle(async ({ query, body, caller }) => {
    const upload = body as unknown as Upload
    const fileName = query.fileName ?? upload.fileName ?? ''
    const stored = await media.upload(caller, { content: upload.content, fileName })
    return presentMedia(stored, media.urlOf)
  })
}

function fileRoute(media: MediaLibrary): Route {
  return route({
    method: 'get',
    path: '/api/v1/media/:id',
    id: 'media.get',
    summary: 'Get a file',
    description:
      'Whole or in ranges, with an ETag. Waits up to 20 seconds for a file still being fetched, then 503; 409 says why it ' +
      'is not available. The `url` of a message needs no key.',
    tag,
    scope: 'read:messages',
    signedUrl: true,
    params: one,
    query: Token,
    file: true,
  }).handle(async ({ params, caller }) => {
    const { media: stored, path } = await media.open(reachOf(caller), params.id)
    const { size, sha256, mimeType, fileName } = stored
    return new FileAnswer({ path, size: size ?? 0, hash: sha256 ?? '', mimeType, fileName })
  })
}

function removeRoute(media: MediaLibrary): Route {
  return route({
    method: 'delete',
    path: '/api/v1/media/:id',
    id: 'media.delete',
    summary: 'Delete a file',
    description:
      'Messages with it stay; their file is then `failed` with the reason `deleted`. 409 while a message or a schedule ' +
      'with it is still to be sent.',
    tag,
    scope: 'write:messages',
    params: one,
    response: MediaDeleted,
    examples: { response: { success: true } },
  }).handle(async ({ params, caller }) => {
    await media.remove(reachOf(caller), params.id)
    return { success: true as const }
  })
}

function thumbnailRoute(media: MediaLibrary): Route {
  return route({
    method: 'get',
    path: '/api/v1/media/:id/thumbnail',
    id: 'media.thumbnail',
    summary: 'Get the preview image of a file',
    description: 'A JPEG of at most 64 KB, made by the sender. 404 if there is none.',
    tag,
    scope: 'read:messages',
    params: one,
    raw: 'image/jpeg',
  }).handle(async ({ params, caller }) => {
    const bytes = await media.thumbnail(reachOf(caller), params.id)
    return new RawAnswer('image/jpeg', bytes, { 'Content-Security-Policy': "sandbox; default-src 'none'" })
  })
}

function fetchRoute(media: MediaLibrary): Route {
  return route({
    method: 'post',
    path: '/api/v1/media/:id/fetch',
    idempotent: true,
    id: 'media.fetch',
    summary: 'Fetch a file that failed or was not fetched automatically',
    description:
      'Answers at once; `media.updated` reports its arrival. Does nothing for a file that is already stored.',
    tag,
    scope: 'read:messages',
    params: one,
    response: MediaView,
    examples: { response: { ...example, status: 'pending' as const } },
  }).handle(async ({ params, caller }) =>
    presentMedia(await media.fetchAgain(reachOf(caller), params.id), media.urlOf),
  )
}

/**
 * Returns the account whose files the caller reaches; null for all, or for a signed address, which was created for
 * this file.
 */
function reachOf(caller: Caller | undefined): number | null {
  return caller === undefined || caller.allAccounts ? null : caller.accountId
}
