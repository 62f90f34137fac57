/**
 * Builds a message of Protocol Buffers: fields one after the other, each with its number and its kind.
 *
 * Source: protobuf.dev, Encoding.
 */
export class ProtoWriter {
  readonly #parts: Uint8Array[] = []

  /** A whole number. */
  integer(field: number, value: number): this {
    this.#varint(field * 8)
    return this.#varint(value)
  }

  /** Whole numbers side by side. */
  integers(field: number, values: readonly number[]): this {
    const packed = new ProtoWriter()
    for (const value of values) packed.#varint(value)
    return this.bytes(field, packed.finish())
  }

  float(field: number, value: number): this {
    this.#varint(field * 8 + 5)
    const bytes = Buffer.alloc(4)
    bytes.writeFloatLE(value)
    this.#parts.push(bytes)
    return this
  }

  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value))
  }

  bytes(field: number, value: Uint8Array): this {
    this.#varint(field * 8 + 2)
    this.#varint(value.length)
    this.#parts.push(value)
    return this
  }

  message(field: number, write: (message: ProtoWriter) => void): this {
    const message = new ProtoWriter()
    write(message)
    return this.bytes(field, message.finish())
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#parts)
  }

  /** Seven bits a byte, the lowest first; a negative number as its 64 bits in two's complement. */
  #varint(value: number): this {
    let rest = BigInt.asUintN(64, BigInt(value))
    const bytes: number[] = []
    do {
      const low = Number(rest & 127n)
      rest >>= 7n
      bytes.push(rest > 0n ? low | 128 : low)
    } while (rest > 0n)
    this.#parts.push(Uint8Array.from(bytes))
    return this
  }
}
