import { deflateSync } from 'node:zlib'

/** A JPEG of 96 by 64 pixels, as libjpeg writes it: red and green above blue and white. */
export const jpegPicture = Buffer.from(
  '/9j/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBD' +
    'AQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCABAAGAD' +
    'ASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAAAAYIB//EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAZAQEAAwEBAAAAAAAAAAAA' +
    'AAAABAUHCAb/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCfAUzSQAAAFcAqHPIAAACRAW7oYAAABXAKhzyAAAA5' +
    'oA3l7EAAABosBmyYAAAAzoA0lDAAAAaLAZsmAAAAP//Z',
  'base64',
)

/** The same, progressive. */
export const progressiveJpeg = Buffer.from(
  '/9j/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBD' +
    'AQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wgARCABAAGAD' +
    'ASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAAAAUHBv/EABkBAQADAQEAAAAAAAAAAAAAAAADBAYHBf/aAAwDAQACEAMQAAAB' +
    'nilpAAK4qc8AAkC30MACuKnPAAOZG89kADRhm5gAM5GkhAA0YZuYAD//xAAUEAEAAAAAAAAAAAAAAAAAAABg/9oACAEBAAEFAkH/' +
    'xAAUEQEAAAAAAAAAAAAAAAAAAABA/9oACAEDAQE/AUf/xAAUEQEAAAAAAAAAAAAAAAAAAABA/9oACAECAQE/AUf/xAAUEAEAAAAA' +
    'AAAAAAAAAAAAAABg/9oACAEBAAY/AkH/xAAUEAEAAAAAAAAAAAAAAAAAAABg/9oACAEBAAE/IUH/2gAMAwEAAgADAAAAEAwwwQQQ' +
    'wwwQQfvvgAAPvvgAAP/EABQRAQAAAAAAAAAAAAAAAAAAAED/2gAIAQMBAT8QR//EABQRAQAAAAAAAAAAAAAAAAAAAED/2gAIAQIB' +
    'AT8QR//EABQQAQAAAAAAAAAAAAAAAAAAAGD/2gAIAQEAAT8QQf/Z',
  'base64',
)

/** The same, with as many samples of colour as of brightness. */
export const fullColourJpeg = Buffer.from(
  '/9j/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBD' +
    'AQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCABAAGAD' +
    'AREAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAAAAYIB//EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAZAQEAAwEBAAAAAAAAAAAA' +
    'AAAABAUHCAb/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCfUzSQAAAAFcqHPIAAAACRW7oYAAAABXKhzyAAAAAk' +
    'Vu6GAAAAAVyoc8gAAAAJFbuhgAAAAFcqHPIAAAADmjeXsQAAAAGi2bJgAAAADOjSUMAAAABotmyYAAAAAzo0lDAAAAAaLZsmAAAA' +
    'AM6NJQwAAAAGi2bJgAAAAD//2Q==',
  'base64',
)

/** The same without colours. */
export const greyJpeg = Buffer.from(
  '/9j/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBD' +
    'AQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCABAAGAD' +
    'ASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAAAAcGAf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAUAQEAAAAAAAAAAAAAAAAA' +
    'AAAA/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8A4AAAAADdAAAAAAwoAAAAAN0AAAAACTAAAAAAtwAAAAAIiAAA' +
    'AAC3AAAAAA//2Q==',
  'base64',
)

/** The same, of a camera that was held on its side (EXIF orientation 6). */
export const turnedJpeg = Buffer.from(
  '/9j/4QC8RXhpZgAASUkqAAgAAAAGABIBAwABAAAABgAAABoBBQABAAAAVgAAABsBBQABAAAAXgAAACgBAwABAAAAAgAAABMCAwAB' +
    'AAAAAQAAAGmHBAABAAAAZgAAAAAAAAA4YwAA6AMAADhjAADoAwAABgAAkAcABAAAADAyMTABkQcABAAAAAECAwAAoAcABAAAADAx' +
    'MDABoAMAAQAAAP//AAACoAQAAQAAAGAAAAADoAQAAQAAAEAAAAAAAAAA/+IB8ElDQ19QUk9GSUxFAAEBAAAB4GxjbXMEIAAAbW50' +
    'clJHQiBYWVogB+IAAwAUAAkADgAdYWNzcE1TRlQAAAAAc2F3c2N0cmwAAAAAAAAAAAAAAAAAAPbWAAEAAAAA0y1oYW5keem/Vlo+' +
    'AbaDI4VVRvdPqgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAKZGVzYwAAAPwAAAAkY3BydAAAASAAAAAid3RwdAAAAUQA' +
    'AAAUY2hhZAAAAVgAAAAsclhZWgAAAYQAAAAUZ1hZWgAAAZgAAAAUYlhZWgAAAawAAAAUclRSQwAAAcAAAAAgZ1RSQwAAAcAAAAAg' +
    'YlRSQwAAAcAAAAAgbWx1YwAAAAAAAAABAAAADGVuVVMAAAAIAAAAHABzAFIARwBCbWx1YwAAAAAAAAABAAAADGVuVVMAAAAGAAAA' +
    'HABDAEMAMAAAWFlaIAAAAAAAAPbWAAEAAAAA0y1zZjMyAAAAAAABDD8AAAXd///zJgAAB5AAAP2S///7of///aIAAAPcAADAcVhZ' +
    'WiAAAAAAAABvoAAAOPIAAAOPWFlaIAAAAAAAAGKWAAC3iQAAGNpYWVogAAAAAAAAJKAAAA+FAAC2xHBhcmEAAAAAAAMAAAACZmkA' +
    'APKnAAANWQAAE9AAAApb/9sAQwANCQoLCggNCwoLDg4NDxMgFRMSEhMnHB4XIC4pMTAuKS0sMzpKPjM2RjcsLUBXQUZMTlJTUjI+' +
    'WmFaUGBKUVJP/9sAQwEODg4TERMmFRUmTzUtNU9PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09P' +
    'T09P/8AAEQgAQABgAwEiAAIRAQMRAf/EABcAAQEBAQAAAAAAAAAAAAAAAAAGCAf/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAGQEB' +
    'AAMBAQAAAAAAAAAAAAAAAAQFBwgG/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AnwFM0kAAABXAKhzyAAAAkQFu' +
    '6GAAAAVwCoc8gAAAOaAN5exAAAAaLAZsmAAAAM6ANJQwAAAGiwGbJgAAAD//2Q==',
  'base64',
)

/** The same as a PNG with numbered colours. */
export const palettePng = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAGAAAABACAMAAADS6oI8AAAADFBMVEUAAP//////AAAA/wBefPahAAAACXBIWXMAAAPoAAAD6AG1' +
    'e1JrAAAATUlEQVRYhe3QsQnAQBDAsEuy/84ZwVzx8IW0gMHzLn1LI1AsShYli5JFyaJkUbIoWZQsumDR1rMkkCxKFiWLkkXJomRR' +
    'sihZlCxKxxf9GkskAc+xulkAAAAASUVORK5CYII=',
  'base64',
)

/** The same as an interlaced PNG. */
export const interlacedPng = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAGAAAABACAIAAAEdUdXPAAAACXBIWXMAAAPoAAAD6AG1e1JrAAABAUlEQVR4nO2W0YoCMRAE6/9/' +
    'eu5V9LBFVqd3raJflDA0ZUzCwF3uP89/+egiHr57hC8vGj3xnqc3zc11B/HCqle48qCp+9XGQXM+Rxy1IXHQLzuathNiLISG2N9A' +
    '46bme4aOmnQUFkpoKKGh8xkarw68XNl/e4zPDzSEe2j8l+E5hAcjG1dH3QMNCz1HQwkNJTSU0FBCQwkNnc/QZR96c9Gw3qA8rDco' +
    'D+sNysN6g/Kw3qA8rDcoD+sNysN6g/Kw3qA8rDcoD+sNysN6g/Kw3qA8rDcoD3WF9ivMbdpQUEBBAQUFFBRQUEBBAQUFFBRQUEBB' +
    'AQUFFBRQUEBBAQXNc/4ARpjeDqneRPEAAAAASUVORK5CYII=',
  'base64',
)

/** The same as a WebP. */
export const webpPicture = Buffer.from(
  'UklGRo4AAABXRUJQVlA4IIIAAAAQBgCdASpgAEAAPzmMvVWvKaajLUgB4CcJQBnGwX/YNe26r+QFZ+AqbcxnlVE00YX7LVEtrJ7J' +
    'rAAA/uP/o3jF+m3jsZU2s0Df5lt1G9Pr+7fvf6JWeT/0PpX1xjrVHWwXxLx9IWgb3y7iFu9S5SMXQIMV6Y6yGssvaYWEpDWSAAAA',
  'base64',
)

/** The same as a lossless WebP. */
export const losslessWebp = Buffer.from(
  'UklGRjoAAABXRUJQVlA4TC4AAAAvX8APAB8gEEjeHzqN+RcQFPwf3fxHZA+ASIDEk570pI0BpIj+T8BwseeCjz0H',
  'base64',
)

/** A second of Ogg Opus, soft in its first half and loud in its second, as libopus encodes it. */
export const recording = Buffer.from(
  'T2dnUwACAAAAAAAAAAAHAAAAAAAAAIELNS8BE09wdXNIZWFkAQE4AYC7AAAAAABPZ2dTAAAAAAAAAAAAAAcAAAABAAAARbMFjQEU' +
    'T3B1c1RhZ3MEAAAAdGVzdAAAAABPZ2dTAAS4vAAAAAAAAAcAAAACAAAAHBQvjTInJConHiMhHSEgIyAgHiUiISEgICQiIiAkMC8v' +
    'LjItMjc0Li4tKiguKigtKy8sKiouK3iBFt4g+HnrX5cUDPc0ENrLHyUd4+1BEPOMIiRonM0s7PqDLgYK+HiNDoSNSy+2tkuIgvQI' +
    'gUqmpevxVX0EcxB0qnCKd/63QAgDJniCSeXGxp8Z0KdufxmJvl4p9XCzv5HeQKS2N4fxdx0aFGGBu8ynzdgxSHiNDoSORcNF041d' +
    'xoMM/EmKIesul6YPfq6whHmEZGIIqS69iIecPniCduXMuZ5y96Dl0n6B1Zy4Cb2rDzVr10lcaO4rC3iNmUSLK2snbA2gRpQFl5ev' +
    'xrwmMMxfq8swFhEusxhUxVCpeDqVncEufBcO5nKb30zHJW1kdp1RrWH6fuVZqaKiUKxMeAXjRz0gS8hEq0QuH+nqbnJF9NvFY+GK' +
    'MsrAcJh4OpWdwfgKVVCAQhK4SHKKhLXcI2L5VSPR0BXeIpkNaW14BeNHQ16x/cPpupKNsgW6l0KwraK7tH+dQZ8PaGVKKHg6lZ3H' +
    'j+iuim0SOYc7ek3cd6l0iTq7CxiDYaHev6JjyR/peDqVncFD3xB4SSE80oL8HX8U0JTgilnbtYUhkqCiFHB4OpWdwTtdWjO/CBZa' +
    '6BF6j1E53cH2ujReOMGRxXBeiHg6lZ3CsBeM069vPKhP6o4+tRqpsS/ID7RMke25zXg6ii0a7goQIUroyktBqZoDHWw1p/j5V6XX' +
    'ONGZqQRwXxO2W2h4OpWdxbEP9dCt9HC8F6w+Es2/64zD9rYK2d1bMgXDNlZseDqVncOXw6Kfh8HAFb7AgK9pwKfmQq2GjpMfNU2J' +
    'IG90eDqVnZtonlU/UGuMzUacjc7exNzKX5W0kxNv4SARph7IeDqVncNxXem/9NUJXkf/dZ/Y5AmjQwsib107t200DV14Onwep8Vu' +
    'B5mTr7J+2v/28FCBsWTPSVgHwV+B2taaCXg5xS3BKoPaj81VbKxM/+oGEc/NIhqh5DIHiHWBBE/aKXbbDHg5/6ZZKu6nrU0Yi313' +
    'r5cYSB+ccregclk0Ft41nJEAONF4OpWdwTHqSLc6pZph8/kSESqzxG6aPNP3yCW6FqJnGptteDqVncYd68Y1YJOcX2q37MSRuoMo' +
    'vxocl9nKl/t/TJh4OpWdxpjXPDkZfsx+1Oa0j4rYVydQttFbpd/zpeDs6cELekR4hFaNlHdZcFGdf71fPOIPEoehk/7RBfy9Kemm' +
    'gK8f4fAAZ4UndslaCujZIcFQyxt4uoZTDJZGEtxhD/0if0fgBzBqPbYYxz8VzEsvwn8bGoEbRrSnwM45DdbpORkESni6jMF/FqDA' +
    'x0WHNnVJJIYDe0Yl/uXzP/8s/RGCKTUvvxWAnZKirYkpSSVUcL6teLpw255bBDWa6NYPjNGMYZpz+m8DujteZ30kNzFFryXE7DYU' +
    'tZX+k4gW55UjIXi6jMGGPOQojv3C53BXV4DFUT/eF2Lf2DdodmnllnmhiPIE05JU5FR4q25Oatgk7QopeLqMwYegmUDeHhbLDDzq' +
    '+ctsb7WHjt8XUoR4jx6174zc8XCU1CEsAHaed2lweLqMwXGrlvlETNEW0YZotLAHMEomBWnXZsviJy2o0cD7hepBuxBqPazmtFn5' +
    'AHe3sIt4unWeGrnl/MNgwT2kqhlVkfyT9SxvlDpTeSqfYygiWEA/o2rEMn/sOKphvwyWm3cZtw5FK5faeLqMwYed9+4TIJIbK7zO' +
    'uSBwo2+mKEz0YjdMjp2dlakPc2B6J/ZfCAoUETSkRG9sJT7hy3i7XOh4IRaMx6fqgIRhcQIoCma+BgiDzM64LG//jx8TG4WHYo2N' +
    'kdTJFYg8Qhl4u3QBh57j2wYvW38M/MA65agCFby4IRWT3SSduIZgzdHQZxM8hZKJPEePqqXKeLt0AYSXDxItXApP48N8DDZFKLVd' +
    'a8ajUXDsU9YHmRVhfOrOGTPjQYmldxCbeLtc8plNSGAumkP+adHyDSLvQhHXhAuU0tT+HJvlFcOkGAQGaD3JKF/BeLs/HJPqVgZK' +
    'TQUoeKQf3uwHWyKb/5UThmdQIquQBCFM4qSiKZWZS3i7dAF+qCKuuXtrC8IDWw6NfzTyLjEP8PXc1/Q6bFQ6fiYvrpI7rWxw+MbX' +
    'P/p4u3QBfsDTmw4vh+6WhM2Q5Y07VLLSSr6UCTQjcmd2BHy7BEsMqtkAF1l4u2IpYlXpyI/jUZGyiqEcTZWGy16ypkj57gSqENxV' +
    'ZUjxKqi6icTleLtwMMrBTpmpBtvVwqTQ2iXaLitNbtBKcaxog4y2F33+9xx+mNrc8S9MeQogeLt0AX8Blxa0NRXtBdmcvJIRvbf7' +
    'cHAq/5gq48AD/z9gvyGoyHGYIvogAni7XPIIj2TBcT2GARlDB4VJ1fyRQAX0UAh3uSkh1eABEpZh6JumAl6UsPP/pU/KeLt0AYlT' +
    'PpYNJG07GeLp8amBL91tt6MW90/w2v1tWxhFoSgKtE6ehiBTqBp4u3QBik8udPrdfcTIl+z0A9FW4tdPy1mb06MzurxqQ9mScCYD' +
    '5YrMCLR4u1zofQUQ4YYgMg6OFWS2Ks+AOkTZNHjp3xw+1FjVKm4+oSHFne+QLcp4u3QBh58eYxmRiaCagfJkXSk+/Fs2HopqQy8E' +
    'MNdm3cTvj7r+DswM/k84hvRDeLtc7wMQxR/l0Pkwxtu9sXczffptVzt52K63lKlX+yrE/1Y+uTDWSCR+fA==',
  'base64',
)

/** A part of a PNG file. Its sum is not looked at. */
export function chunk(type: string, data: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)])
}

export function pngHead(width: number, height: number, form = { colour: 2, depth: 8 }): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, form.depth, form.colour, 0, 0, 0])
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', header)])
}

/** Red and green above blue and white (transparent where it can be), each row with the next kind of filter. */
export function pngOf(width: number, height: number, form = { colour: 2, depth: 8 }): Buffer {
  const bytes = form.depth / 8
  const isOpen = form.colour === 6
  const colours = [
    [255, 0, 0, 255],
    [0, 255, 0, 255],
    [0, 0, 255, 255],
    isOpen ? [7, 7, 7, 0] : [255, 255, 255, 255],
  ].map((colour) => colour.slice(0, isOpen ? 4 : 3))
  const back = (isOpen ? 4 : 3) * bytes
  let above = Buffer.alloc(width * back)
  const rows = Array.from({ length: height }, (_, y) => {
    const quarter = (x: number) => (y * 2 >= height ? 2 : 0) + (x * 2 >= width ? 1 : 0)
    const pixels = Array.from({ length: width }, (_none, x) => colours[quarter(x)] ?? [])
    const row = Buffer.from(pixels.flat().flatMap((value) => Array.from({ length: bytes }, () => value)))
    const filtered = row.map((value, n) => {
      const [left, up, corner] = [row[n - back] ?? 0, above[n] ?? 0, above[n - back] ?? 0]
      return value - ([0, left, up, (left + up) >> 1, nearest(left, up, corner)][y % 5] ?? 0)
    })
    above = row
    return Buffer.concat([Buffer.from([y % 5]), filtered])
  })
  const data = deflateSync(Buffer.concat(rows))
  const parts = [data.subarray(0, 9), data.subarray(9)].map((part) => chunk('IDAT', part))
  return Buffer.concat([pngHead(width, height, form), ...parts, chunk('IEND', Buffer.alloc(0))])
}

function nearest(left: number, up: number, corner: number): number {
  const away = (value: number) => Math.abs(left + up - corner - value)
  return [left, up, corner].toSorted((a, b) => away(a) - away(b))[0] ?? 0
}
