/** Builds a pickle of protocol 2: the instructions for values, one after the other. */
export class PickleWriter {
  readonly #parts: Uint8Array[] = [Uint8Array.of(128, 2)] // PROTO 2

  op(code: string): this {
    this.#parts.push(Buffer.from(code, "latin1"))
    return this
  }

  text(value: string): this {
    const bytes = Buffer.from(value)
    const head = Buffer.alloc(5)
    head.write("X", "latin1") // BINUNICODE
    head.writeUInt32LE(bytes.length, 1)
    this.#parts.push(head, bytes)
    return this
  }

  integer(value: number): this {
    if (value === (value | 0)) {
      const bytes = Buffer.alloc(5)
      bytes.write("J", "latin1") // BININT
      bytes.writeInt32LE(value, 1)
      this.#parts.push(bytes)
    } else {
      const bytes = Buffer.alloc(10)
      bytes.set([0x8a, 8]) // LONG1
      bytes.writeBigInt64LE(BigInt(value), 2)
      this.#parts.push(bytes)
    }
    return this
  }

  float(value: number): this {
    const bytes = Buffer.alloc(9)
    bytes.write("G", "latin1") // BINFLOAT
    bytes.writeDoubleBE(value, 1)
    this.#parts.push(bytes)
    return this
  }

  global(module: string, name: string): this {
    return this.op(`c${module}\n${name}\n`) // GLOBAL
  }

  /** The tuple of what `write` puts on the stack. */
  tuple(write: () => void): this {
    this.op("(") // MARK
    write()
    return this.op("t") // TUPLE
  }

  finish(): Uint8Array {
    this.op(".") // STOP
    return Buffer.concat(this.#parts)
  }
}
