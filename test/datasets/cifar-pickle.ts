/** The instructions of a pickle that CIFAR-10's files for Python are made of. */
const short = (text: string) => Buffer.concat([Buffer.from([0x55, text.length]), Buffer.from(text)]) // SHORT_BINSTRING
const name = (module: string, attribute: string) => Buffer.from(`c${module}\n${attribute}\n`) // GLOBAL
const int32 = (op: number, value: number) => {
  const bytes = Buffer.alloc(5)
  bytes[0] = op
  bytes.writeInt32LE(value, 1)
  return bytes
}
const op = (...codes: number[]) => Buffer.from(codes)

/** A file as Python 2 and NumPy wrote it (pickle protocol 2): pictures of 3072 bytes each, and their labels. */
export function cifarPickle(pixels: Uint8Array, labels: readonly number[], dtype = "u1"): Buffer {
  return Buffer.concat([
    op(0x80, 2, 0x7d, 0x28), // PROTO 2, EMPTY_DICT, MARK
    short("batch_label"),
    short("training batch 1 of 5"),
    short("labels"),
    op(0x5d, 0x28), // EMPTY_LIST, MARK
    ...labels.map((label) => op(0x4b, label)), // BININT1
    op(0x65), // APPENDS
    short("data"),
    name("numpy.core.multiarray", "_reconstruct"),
    name("numpy", "ndarray"),
    op(0x4b, 0, 0x85), // 0, TUPLE1
    short("b"),
    op(0x87, 0x52, 0x28, 0x4b, 1), // TUPLE3, REDUCE, MARK, 1
    int32(0x4a, labels.length), // BININT
    int32(0x4a, 3072),
    op(0x86), // TUPLE2
    name("numpy", "dtype"),
    short(dtype),
    op(0x4b, 0, 0x4b, 1, 0x87, 0x52, 0x28, 0x4b, 3), // 0, 1, TUPLE3, REDUCE, MARK, 3
    short("|"),
    op(0x4e, 0x4e, 0x4e), // NONE, three times
    int32(0x4a, -1),
    int32(0x4a, -1),
    op(0x4b, 0, 0x74, 0x62, 0x89), // 0, TUPLE, BUILD, NEWFALSE
    int32(0x54, pixels.length), // BINSTRING
    pixels,
    op(0x74, 0x62), // TUPLE, BUILD
    op(0x75, 0x2e), // SETITEMS, STOP
  ])
}
