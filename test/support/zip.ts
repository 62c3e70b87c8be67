/** A ZIP file with its parts in the given order, not compressed. */
export function zipOf(parts: readonly (readonly [name: string, content: string])[]): Buffer {
  const pieces: Buffer[] = []
  const list: Buffer[] = []
  let offset = 0
  for (const [name, content] of parts) {
    const sizes = Buffer.alloc(8)
    sizes.writeUInt32LE(content.length, 0)
    sizes.writeUInt32LE(content.length, 4)
    const lengths = Buffer.alloc(4)
    lengths.writeUInt16LE(name.length, 0)
    const local = Buffer.concat([
      Buffer.from('504b03041400000000000000000000000000', 'hex'),
      sizes,
      lengths,
      Buffer.from(name + content),
    ])
    const where = Buffer.alloc(14)
    where.writeUInt32LE(offset, 10)
    list.push(
      Buffer.concat([
        Buffer.from('504b0102140014000000000000000000', 'hex'),
        Buffer.alloc(4),
        sizes,
        lengths,
        where,
        Buffer.from(name),
      ]),
    )
    pieces.push(local)
    offset += local.length
  }
  const central = Buffer.concat(list)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...pieces, central, end])
}
