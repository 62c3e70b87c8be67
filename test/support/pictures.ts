import sharp from 'sharp'
import type { Sharp } from 'sharp'

/** Red and green above blue and white. */
function quarters(width: number, height: number): Sharp {
  const part = (left: number, top: number, background: string) => ({
    input: { create: { width: width / 2, height: height / 2, channels: 3 as const, background } },
    left,
    top,
  })
  const canvas = sharp({ create: { width, height, channels: 3, background: 'red' } })
  return canvas.composite([
    part(width / 2, 0, '#00ff00'),
    part(0, height / 2, 'blue'),
    part(width / 2, height / 2, 'white'),
  ])
}

export const pngOf = (width: number, height: number): Promise<Buffer> =>
  quarters(width, height).png().toBuffer()

/** Lets this process read pictures from memory; the product, with each picture that it reads, leaves that to files alone. */
export function readFromMemory(): void {
  const types = ['Jpeg', 'Png', 'Webp']
  sharp.unblock({ operation: types.map((type) => `VipsForeignLoad${type}Buffer`) })
}

readFromMemory()
export const jpegPicture = await quarters(96, 64).jpeg().toBuffer()
export const progressiveJpeg = await quarters(96, 64).jpeg({ progressive: true }).toBuffer()
export const greyJpeg = await sharp(jpegPicture).grayscale().jpeg().toBuffer()
/** The picture of a camera that was held on its side. */
export const turnedJpeg = await quarters(96, 64).withMetadata({ orientation: 6 }).jpeg().toBuffer()
export const palettePng = await quarters(96, 64).png({ palette: true }).toBuffer()
export const deepPng = await quarters(96, 64).toColourspace('rgb16').png().toBuffer()
export const webpPicture = await quarters(96, 64).webp().toBuffer()
export const gifPicture = await quarters(96, 64).gif().toBuffer()
/** A sticker that moves. */
export const movingWebp = await sharp([jpegPicture, greyJpeg], { join: { animated: true } })
  .webp()
  .toBuffer()

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
