/** Returns the place of a file of a message, in a data folder as in a backup. */
export function pathOfFile(sha256: string): string {
  return `media/${sha256.slice(0, 2)}/${sha256}`
}

const filePath = /^media\/([0-9a-f]{2})\/(\1[0-9a-f]{62})$/

/** Returns the hash in the path of a file of a message; undefined for any other path. */
export function hashInPath(path: string): string | undefined {
  return filePath.exec(path)?.[2]
}
