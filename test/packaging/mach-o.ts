/** What a Mach-O library says of itself. */
export interface MachO {
  readonly processor: "x64" | "arm64" | "unknown"
  readonly isLibrary: boolean
  readonly isSigned: boolean
  readonly defined: readonly string[]
  readonly undefined: readonly string[]
}

/** Reads the header, the load commands and the symbol table of a 64-bit Mach-O file (mach-o/loader.h, mach-o/nlist.h). */
export function readMachO(file: Buffer): MachO {
  if (file.readUInt32LE(0) !== 0xfeedfacf) throw new Error("not a 64-bit Mach-O file")
  const processors: { [type: number]: MachO["processor"] } = { 16777223: "x64", 16777228: "arm64" }
  const symbols = { defined: [] as string[], undefined: [] as string[] }
  let isSigned = false
  let at = 32
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    const command = file.readUInt32LE(at)
    if (command === 0x1d) isSigned = file.readUInt32LE(at + 12) > 0
    if (command === 0x02) {
      const [table, count, strings] = [8, 12, 16].map((offset) => file.readUInt32LE(at + offset)) as [
        number,
        number,
        number,
      ]
      for (let i = 0; i < count; i++) {
        const entry = table + 16 * i
        const begin = strings + file.readUInt32LE(entry)
        const name = file.toString("latin1", begin, file.indexOf(0, begin))
        const type = file.readUInt8(entry + 4)
        const isExternal = (type & 1) !== 0
        if (isExternal) symbols[(type & 0x0e) === 0 ? "undefined" : "defined"].push(name)
      }
    }
    at += file.readUInt32LE(at + 4)
  }
  return {
    processor: processors[file.readUInt32LE(4)] ?? "unknown",
    isLibrary: file.readUInt32LE(12) === 6,
    isSigned,
    ...symbols,
  }
}
