/** A message of ZeroMQ's wire protocol is a list of frames; text goes out as UTF-8. */
export type Frame = Buffer | string

/** What a peer sent that is not ZMTP: the connection it came on is closed, nothing else happens. */
export class ProtocolFault extends Error {}

/** Frames and whole messages above this size are refused before anything is allocated for them. */
export const maxMessageBytes = 1 << 30
const maxFramesPerMessage = 4096

const flag = { more: 1, long: 2, command: 4 } as const
const greetingBytes = 64

/** The 64 bytes that open a connection: signature, version 3.1, the NULL mechanism. */
export const greeting: Buffer = (() => {
  const bytes = Buffer.alloc(greetingBytes)
  bytes[0] = 0xff
  bytes[9] = 0x7f
  bytes[10] = 3
  bytes[11] = 1
  bytes.write("NULL", 12, "latin1")
  return bytes
})()

function headerBytes(length: number): number {
  return length > 255 ? 9 : 2
}

function writeHeader(target: Buffer, at: number, flags: number, length: number): number {
  if (length <= 255) {
    target[at] = flags
    target[at + 1] = length
    return at + 2
  }
  target[at] = flags | flag.long
  target.writeBigUInt64BE(BigInt(length), at + 1)
  return at + 9
}

/** The bytes of a message, in pieces to be written in order: one piece when it is small, no copy of big frames. */
export function encodeMessage(frames: readonly Frame[]): Buffer[] {
  const lengths = frames.map((frame) => (typeof frame === "string" ? Buffer.byteLength(frame) : frame.length))
  const last = frames.length - 1
  const total = lengths.reduce((sum, length) => sum + headerBytes(length) + length, 0)
  if (total > 1 << 16) {
    return frames.flatMap((frame, i) => {
      const header = Buffer.allocUnsafe(headerBytes(lengths[i] ?? 0))
      writeHeader(header, 0, i < last ? flag.more : 0, lengths[i] ?? 0)
      return [header, typeof frame === "string" ? Buffer.from(frame) : frame]
    })
  }
  const bytes = Buffer.allocUnsafe(total)
  let at = 0
  frames.forEach((frame, i) => {
    const length = lengths[i] ?? 0
    at = writeHeader(bytes, at, i < last ? flag.more : 0, length)
    if (typeof frame === "string") bytes.write(frame, at)
    else frame.copy(bytes, at)
    at += length
  })
  return [bytes]
}

/** The bytes of a command frame such as READY, PONG or SUBSCRIBE. */
export function encodeCommand(name: string, body: Buffer): Buffer {
  const length = 1 + name.length + body.length
  const bytes = Buffer.allocUnsafe(headerBytes(length) + length)
  let at = writeHeader(bytes, 0, flag.command, length)
  at = bytes.writeUInt8(name.length, at)
  at += bytes.write(name, at, "latin1")
  body.copy(bytes, at)
  return bytes
}

/** The properties of a READY command as its body: name and value pairs. */
export function encodeProperties(properties: Readonly<Record<string, Buffer | string>>): Buffer {
  const pieces: Buffer[] = []
  for (const [name, value] of Object.entries(properties)) {
    const bytes = Buffer.from(value as string)
    const head = Buffer.alloc(1 + name.length + 4)
    head.writeUInt8(name.length, 0)
    head.write(name, 1, "latin1")
    head.writeUInt32BE(bytes.length, 1 + name.length)
    pieces.push(head, bytes)
  }
  return Buffer.concat(pieces)
}

/** The reverse of `encodeProperties`; names are compared without case, so they come in lower case. */
export function decodeProperties(body: Buffer): Map<string, Buffer> {
  const properties = new Map<string, Buffer>()
  let at = 0
  while (at < body.length) {
    const nameEnd = at + 1 + body.readUInt8(at)
    if (nameEnd + 4 > body.length) throw new ProtocolFault("READY ends inside a property")
    const valueEnd = nameEnd + 4 + body.readUInt32BE(nameEnd)
    if (valueEnd > body.length) throw new ProtocolFault("READY ends inside a value")
    properties.set(body.toString("latin1", at + 1, nameEnd).toLowerCase(), body.subarray(nameEnd + 4, valueEnd))
    at = valueEnd
  }
  return properties
}

/** Received bytes waiting to be read, without joining what is not complete yet. */
class ByteQueue {
  readonly #chunks: Buffer[] = []
  length = 0

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.length += chunk.length
  }

  /** The first `count` bytes, left where they are. Only for the few bytes of a header. */
  peek(count: number): Buffer {
    const first = this.#chunks[0]
    if (first !== undefined && first.length >= count) return first
    const joined = this.take(count)
    this.#chunks.unshift(joined)
    this.length += joined.length
    return joined
  }

  /** Removes and returns the first `count` bytes; the caller knows that they are there. */
  take(count: number): Buffer {
    this.length -= count
    const first = this.#chunks[0]
    if (first !== undefined && first.length > count) {
      this.#chunks[0] = first.subarray(count)
      return first.subarray(0, count)
    }
    let used = 0
    let bytes = 0
    while (bytes < count) {
      const chunk = this.#chunks[used]
      if (chunk === undefined) throw new RangeError("ByteQueue: fewer bytes than asked for")
      bytes += chunk.length
      used++
    }
    const taken = this.#chunks.splice(0, used)
    const rest = bytes - count
    const last = taken[used - 1]
    if (rest > 0 && last !== undefined) {
      this.#chunks.unshift(last.subarray(last.length - rest))
      taken[used - 1] = last.subarray(0, last.length - rest)
    }
    return taken.length === 1 && taken[0] !== undefined ? taken[0] : Buffer.concat(taken, count)
  }
}

/** What a decoder hands on as soon as it is complete. */
export interface DecoderEvents {
  onGreeting(minor: number): void
  onCommand(name: string, body: Buffer): void
  onMessage(frames: Buffer[]): void
}

/** Turns the bytes of one connection, however they are cut, into greeting, commands and messages. */
export class Decoder {
  readonly #events: DecoderEvents
  readonly #queue = new ByteQueue()
  #greeted = false
  #parts: Buffer[] = []
  #partsBytes = 0

  constructor(events: DecoderEvents) {
    this.#events = events
  }

  /** Throws `ProtocolFault` when the bytes are not ZMTP 3. */
  push(chunk: Buffer): void {
    this.#queue.push(chunk)
    if (!this.#greeted && !this.#readGreeting()) return
    while (this.#readFrame());
  }

  #readGreeting(): boolean {
    const queue = this.#queue
    const head = queue.peek(Math.min(queue.length, greetingBytes))
    if (head[0] !== 0xff || (queue.length >= 10 && head[9] !== 0x7f)) throw new ProtocolFault("not a ZMTP greeting")
    if (queue.length >= 11 && (head[10] ?? 0) < 3) throw new ProtocolFault("ZMTP older than 3.0")
    if (queue.length < greetingBytes) return false
    const bytes = queue.take(greetingBytes)
    if (bytes.toString("latin1", 12, 32).replace(/\0+$/, "") !== "NULL") throw new ProtocolFault("mechanism not NULL")
    this.#greeted = true
    this.#events.onGreeting(bytes[10] === 3 ? (bytes[11] ?? 0) : 1)
    return true
  }

  #readFrame(): boolean {
    const queue = this.#queue
    if (queue.length < 2) return false
    const flags = queue.peek(2)[0] ?? 0
    if (flags > 7 || (flags & flag.command && flags & flag.more)) throw new ProtocolFault("reserved flags set")
    const size = flags & flag.long ? 9 : 2
    if (queue.length < size) return false
    const header = queue.peek(size)
    const length = size === 9 ? Number(header.readBigUInt64BE(1)) : (header[1] ?? 0)
    if (length > maxMessageBytes - this.#partsBytes) throw new ProtocolFault("message too big")
    if (queue.length < size + length) return false
    queue.take(size)
    const body = queue.take(length)
    if (flags & flag.command) this.#readCommand(body)
    else this.#readPart(body, (flags & flag.more) !== 0)
    return true
  }

  #readCommand(body: Buffer): void {
    const nameEnd = 1 + (body[0] ?? 0)
    if (body.length < nameEnd) throw new ProtocolFault("command ends inside its name")
    this.#events.onCommand(body.toString("latin1", 1, nameEnd), body.subarray(nameEnd))
  }

  #readPart(body: Buffer, more: boolean): void {
    this.#parts.push(body)
    this.#partsBytes += body.length
    if (more) {
      if (this.#parts.length > maxFramesPerMessage) throw new ProtocolFault("too many frames in a message")
      return
    }
    const frames = this.#parts
    this.#parts = []
    this.#partsBytes = 0
    this.#events.onMessage(frames)
  }
}
