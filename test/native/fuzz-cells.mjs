// Random texts of separated values for fuzz.mjs, and what makes the cells that two backends found the same.
import { endOfCell, halvesOf, placeIn } from "../../dist/src/native/cells.js"

/** The calls on texts and columns, with the tools of fuzz.mjs. */
export function cellCalls({ random, upTo, pick, view, hold, native, reference }) {
  function number() {
    const value = (random() - 0.5) * 10 ** (upTo(40) - 20)
    return pick([String(value), value.toFixed(upTo(20)), value.toPrecision(upTo(20)), `${upTo(1e9)}`, `+${random()}`])
  }
  const other = () => pick(["", "NA", "x y", '"a ""b"" c"', '"1,\n2"', "-", "1e", "1.2.3", '" 7 "', "é", "\t"])
  const separated = (cells, separator) => cells.map((cell) => cell.replaceAll(",", separator)).join(separator)

  return {
    scanCells(name) {
      const separator = pick([",", ";", "\t", " "])
      const point = random() < 0.8 ? "." : separator === "," ? "." : ","
      const columns = upTo(6)
      const oddness = pick([0, 0, 0.1, 0.5])
      const quoted = random() < 0.3
      const lines = Array.from({ length: upTo(60) }, () => {
        const cells = Array.from({ length: columns }, () => {
          if (random() >= oddness) return `${pick(["", "", " "])}${number().replace(".", point)}${pick(["", "", " "])}`
          const cell = other()
          return cell.includes('"') && !quoted ? "t" : cell
        })
        if (random() < 0.002) cells.push("1")
        return separated(cells, separator) + pick(["\n", "\n", "\r\n", "\n\n", "\n \r\n"])
      })
      // Long enough for several parts, now and then.
      const bytes = Buffer.from(lines.join("").repeat(random() < 0.05 ? 400 : 1))
      const text = { bytes, separator: separator.charCodeAt(0), decimal: point.charCodeAt(0) }
      const uses = Array.from({ length: columns }, () => pick(["number", "number", "place", "skip"]))
      const wanted = reference.scanCells(text, 0, uses)
      const found = native.scanCells(text, 0, uses)
      const difference = compare(text, uses, found, wanted)
      if (difference !== undefined) throw new Error(`${name}: ${difference}`)
    },
    columnsToRows(name) {
      const [rows, count] = [upTo(pick([10, 20_000])), upTo(12)]
      const columns = Array.from({ length: count }, () => Float64Array.from({ length: rows }, random))
      hold(name, [view([rows, count], { packed: true })], (backend, out) => {
        if (!backend.columnsToRows(columns, out)) throw new Error(`${name}: no number is missing`)
      })
      columns[upTo(count) - 1][upTo(rows) - 1] = Number.NaN
      if (native.columnsToRows(columns, view([rows, count], { packed: true })))
        throw new Error(`${name}: one is missing`)
    },
  }
}

/** How what two backends found in a text differs, or nothing. A number that one leaves to its caller may be one for the other. */
export function compare(text, uses, found, wanted) {
  if (found.broken !== wanted.broken) return `broken at ${found.broken} instead of ${wanted.broken}`
  if (wanted.broken >= 0) return undefined
  if (found.rows !== wanted.rows) return `${found.rows} rows instead of ${wanted.rows}`
  const read = (column, halves, row) => {
    if (!Number.isNaN(column[row])) return column[row]
    const place = placeIn(halves, row)
    const cell = Buffer.from(text.bytes.subarray(place, endOfCell(text, place))).toString()
    const plain = text.decimal === 46 ? cell : cell.replace(",", ".")
    return cell.trim() === "" || Number.isNaN(Number(plain)) ? `other at ${place}` : Number(plain)
  }
  for (let c = 0; c < uses.length; c++) {
    if (uses[c] === "skip") continue
    const [mine, theirs] = [found.columns[c], wanted.columns[c]]
    if (mine.length !== found.rows) return `${mine.length} numbers in ${found.rows} rows`
    const [halves, otherHalves] = [halvesOf(mine), halvesOf(theirs)]
    const odd = mine.reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0)
    if (odd !== found.others[c]) return `${found.others[c]} others, of which there are ${odd}`
    for (let row = 0; row < mine.length; row++) {
      const [a, b] = [read(mine, halves, row), read(theirs, otherHalves, row)]
      if (!Object.is(a, b)) return `${a} instead of ${b} in column ${c} of row ${row}`
    }
  }
  return undefined
}
