/** A class or function that a pickle names: `collections OrderedDict`. It is a name here, and nothing else. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** What a pickle is made with, for what goes beyond plain data. */
export interface PickleRules {
  /** The value of a call that the pickle describes; throws for every one that is not allowed. */
  call(name: string, args: readonly unknown[]): unknown
  /** Whether a name may occur at all; throws when not. */
  allow(name: string): void
  /** The value that a persistent id stands for. */
  persistent(id: unknown): unknown
  /** Gives what `call` made its state; says whether it takes one. A dictionary goes without. */
  build?(value: unknown, state: unknown): boolean
  /** The error for a pickle that is broken, with what is wrong. */
  fault(rule: string): Error
}

/** The values of a `dict`, `list` and `tuple` of Python while a pickle is read. */
export type PickleDict = Map<unknown, unknown>

const mark = Symbol("mark")
const mostValues = 50_000_000

/**
 * Reads a pickle as data: a stack machine of Python, of which only the instructions that build values are known. Classes and
 * functions are names that the rules must allow; nothing is imported and nothing is run.
 *
 * Source: Python's Lib/pickletools.py, which describes the instructions.
 */
export function parsePickle(bytes: Uint8Array, rules: PickleRules): unknown {
  return new Unpickler(bytes, rules).run()
}

class Unpickler {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #rules: PickleRules
  readonly #stack: unknown[] = []
  readonly #memo = new Map<number, unknown>()
  #at = 0
  #made = 0

  constructor(bytes: Uint8Array, rules: PickleRules) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#rules = rules
  }

  run(): unknown {
    for (;;) {
      const at = this.#at
      const code = this.#byte()
      if (code === 0x2e) return this.#pop() // STOP
      const instruction = instructions[code]
      if (instruction === undefined)
        throw this.fault(`Its pickle has instruction 0x${code.toString(16)} at byte ${at}, which no data needs.`)
      instruction(this)
      if (++this.#made > mostValues) throw this.fault("Its pickle has no end.")
    }
  }

  fault(rule: string): Error {
    return this.#rules.fault(rule)
  }

  take(count: number): Uint8Array {
    const start = this.#at
    this.#at += count
    if (!(count >= 0) || this.#at > this.#bytes.length) throw this.fault("Its pickle ends too early.")
    return this.#bytes.subarray(start, this.#at)
  }

  #byte(): number {
    return this.take(1)[0] as number
  }

  /** A whole number of up to four bytes, the lowest first. */
  unsigned(size: 1 | 2 | 4): number {
    this.take(size)
    const at = this.#at - size
    return size === 1
      ? this.#view.getUint8(at)
      : size === 2
        ? this.#view.getUint16(at, true)
        : this.#view.getUint32(at, true)
  }

  signed(): number {
    this.take(4)
    return this.#view.getInt32(this.#at - 4, true)
  }

  /** A length of eight bytes. */
  long(): number {
    this.take(8)
    return Number(this.#view.getBigUint64(this.#at - 8, true))
  }

  double(): number {
    this.take(8)
    return this.#view.getFloat64(this.#at - 8, false)
  }

  text(length: number, encoding: "utf8" | "latin1" = "utf8"): string {
    const bytes = this.take(length)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding)
  }

  line(): string {
    const end = this.#bytes.indexOf(10, this.#at)
    if (end < 0) throw this.fault("Its pickle ends too early.")
    const text = this.text(end - this.#at)
    this.#at++
    return text
  }

  push(value: unknown): void {
    this.#stack.push(value)
  }

  pushMark(): void {
    this.#stack.push(mark)
  }

  #pop(): unknown {
    const value = this.#stack.pop()
    if (value === mark || (value === undefined && this.#stack.length === 0)) throw this.fault("Its pickle is broken.")
    return value
  }

  pop(): unknown {
    return this.#pop()
  }

  top(): unknown {
    return this.#stack[this.#stack.length - 1]
  }

  /** The values since the last mark, which goes too. */
  popMark(): unknown[] {
    const at = this.#stack.lastIndexOf(mark)
    if (at < 0) throw this.fault("Its pickle is broken.")
    return this.#stack.splice(at).slice(1)
  }

  remember(slot: number): void {
    this.#memo.set(slot, this.top())
  }

  rememberNext(): void {
    this.#memo.set(this.#memo.size, this.top())
  }

  recall(slot: number): void {
    if (!this.#memo.has(slot)) throw this.fault("Its pickle is broken.")
    this.push(this.#memo.get(slot))
  }

  global(module: string, name: string): void {
    const global = new PickleGlobal(`${module} ${name}`)
    this.#rules.allow(global.name)
    this.push(global)
  }

  /** Describes a call: the function's name and its arguments stand on the stack. */
  reduce(): void {
    const [args, global] = [this.#pop(), this.#pop()]
    if (!(global instanceof PickleGlobal) || !Array.isArray(args)) throw this.fault("Its pickle calls what is no name.")
    this.push(this.#rules.call(global.name, args))
  }

  persistent(): void {
    this.push(this.#rules.persistent(this.#pop()))
  }

  setItems(items: readonly unknown[]): void {
    const dict = this.top()
    if (!(dict instanceof Map) || items.length % 2 !== 0) throw this.fault("Its pickle fills what is no dictionary.")
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1])
  }

  append(items: readonly unknown[]): void {
    const list = this.top()
    if (!Array.isArray(list)) throw this.fault("Its pickle fills what is no list.")
    for (const item of items) list.push(item)
  }

  /** The state of an object. A dictionary with attributes, such as a state dict's `_metadata`, goes without them. */
  build(): void {
    const state = this.#pop()
    if (this.#rules.build?.(this.top(), state) === true || this.top() instanceof Map) return
    throw this.fault("Its pickle sets attributes of what is no dictionary.")
  }
}

/** What each instruction does; those that are not here are refused. */
const instructions: Readonly<Record<number, (machine: Unpickler) => void>> = {
  128: (m) => void m.unsigned(1), // PROTO
  149: (m) => void m.long(), // FRAME
  // Values
  78: (m) => m.push(null), // NONE
  136: (m) => m.push(true), // NEWTRUE
  137: (m) => m.push(false), // NEWFALSE
  74: (m) => m.push(m.signed()), // BININT
  75: (m) => m.push(m.unsigned(1)), // BININT1
  77: (m) => m.push(m.unsigned(2)), // BININT2
  138: (m) => m.push(longInteger(m.take(m.unsigned(1)))), // LONG1
  71: (m) => m.push(m.double()), // BINFLOAT
  88: (m) => m.push(m.text(m.unsigned(4))), // BINUNICODE
  140: (m) => m.push(m.text(m.unsigned(1))), // SHORT_BINUNICODE
  141: (m) => m.push(m.text(m.long())), // BINUNICODE8
  84: (m) => m.push(m.text(m.signed(), "latin1")), // BINSTRING
  85: (m) => m.push(m.text(m.unsigned(1), "latin1")), // SHORT_BINSTRING
  66: (m) => m.push(m.take(m.unsigned(4))), // BINBYTES
  67: (m) => m.push(m.take(m.unsigned(1))), // SHORT_BINBYTES
  // Containers
  40: (m) => m.pushMark(), // MARK
  41: (m) => m.push([]), // EMPTY_TUPLE
  93: (m) => m.push([]), // EMPTY_LIST
  125: (m) => m.push(new Map()), // EMPTY_DICT
  116: (m) => m.push(m.popMark()), // TUPLE
  108: (m) => m.push(m.popMark()), // LIST
  133: (m) => m.push([m.pop()]), // TUPLE1
  134: (m) => m.push([m.pop(), m.pop()].reverse()), // TUPLE2
  135: (m) => m.push([m.pop(), m.pop(), m.pop()].reverse()), // TUPLE3
  97: (m) => m.append([m.pop()].map((item) => item)), // APPEND
  101: (m) => m.append(m.popMark()), // APPENDS
  115: (m) => m.setItems([m.pop(), m.pop()].reverse()), // SETITEM
  117: (m) => m.setItems(m.popMark()), // SETITEMS
  // The memo
  113: (m) => m.remember(m.unsigned(1)), // BINPUT
  114: (m) => m.remember(m.unsigned(4)), // LONG_BINPUT
  148: (m) => m.rememberNext(), // MEMOIZE
  104: (m) => m.recall(m.unsigned(1)), // BINGET
  106: (m) => m.recall(m.unsigned(4)), // LONG_BINGET
  48: (m) => void m.pop(), // POP
  49: (m) => void m.popMark(), // POP_MARK
  // Names, and what is described with them
  99: (m) => m.global(m.line(), m.line()), // GLOBAL
  147: (m) => stackGlobal(m), // STACK_GLOBAL
  82: (m) => m.reduce(), // REDUCE
  129: (m) => m.reduce(), // NEWOBJ: a class and its arguments
  98: (m) => m.build(), // BUILD
  81: (m) => m.persistent(), // BINPERSID
}

function stackGlobal(machine: Unpickler): void {
  const [name, module] = [machine.pop(), machine.pop()]
  if (typeof name !== "string" || typeof module !== "string") throw machine.fault("Its pickle is broken.")
  machine.global(module, name)
}

/** A whole number in two's complement, the lowest byte first. */
function longInteger(bytes: Uint8Array): number {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number)
  const negative = bytes.length > 0 && (bytes[bytes.length - 1] as number) >= 128
  return Number(negative ? value - (1n << BigInt(8 * bytes.length)) : value)
}
