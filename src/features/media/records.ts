/** The queries about files that other features may use; all others are private. */

export { dropFileOf, removeUnshownMedia } from './queries/media-cleanup.ts'
export { findUpload, wantUpload } from './queries/media-uploads.ts'
export { findMedia, findMediaSource, insertMedia, setMessageMedia } from './queries/media.ts'
