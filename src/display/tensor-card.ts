import type { DType } from "../native/dtype.js"
import { countBins } from "./bins.js"
import { colorScale, css, type Rgb, textOn } from "./color-scale.js"
import { currentHost, type MimeBundle } from "./host.js"
import { escapeHtml, monospace } from "./html.js"
import { count, extent, short, type TensorLike } from "./numbers.js"
import { pictureShape, readPictures } from "./pictures.js"
import { dataUrl, enlarge, type Pixels } from "./png.js"
import { poolMatrix, type ReadableMatrix } from "./pool-matrix.js"
import { bars } from "./sparkline.js"
import { dim, type Terminal } from "./terminal/paint.js"

/** What the card reads of a tensor. */
export interface CardTensor extends TensorLike {
  readonly dtype: DType
  readonly requiresGrad: boolean
  readonly grad?: unknown
  toString(): string
}

const bytes: Record<DType, number> = { float32: 4, float64: 8, int32: 4, bool: 1 }

/** What the elements are like, in one pass. */
interface Facts {
  finite: number
  low: number
  high: number
  mean: number
  deviation: number
  nan: number
  positiveInfinity: number
  negativeInfinity: number
}

/** A matrix of at most so many columns is a table of numbers, of more a picture; from a long one the ends are shown. */
const tableRows = 16
const headRows = 8
const tailRows = 3
const tableColumns = 12
const slices = 16

/**
 * A tensor as a card: what it is in one line, then its elements as a colored table when they are few, as heat maps when they are
 * many, as pictures when the shape is that of images.
 */
export function tensorCard(x: CardTensor): MimeBundle {
  const terminal = currentHost()?.terminal
  if (terminal) return { "text/plain": tensorText(x, terminal) }
  const elements = x.toTypedArray()
  const facts = measure(elements)
  const html = `<div style="${monospace};font-size:12px;line-height:1.5">${summaryLine(x, elements, facts)}${body(x, elements, facts)}${gradient(x)}</div>`
  return { "text/html": html, "text/plain": x.toString() }
}

/** A tensor of more than a few elements is not read element by element: below them a line says what they are like. */
const fewElements = 12

function tensorText(x: CardTensor, terminal: Terminal): string {
  const elements = x.toTypedArray()
  if (elements.length <= fewElements) return x.toString()
  const line = summaryLine(x, elements, measure(elements))
    .replace(/<[^>]*>/g, "")
    .replaceAll("&ensp;", "  ")
  return `${x.toString()}\n${dim(line, terminal)}`
}

/** The gradient folded below the tensor, with its own line to be seen at once. */
function gradient({ grad }: CardTensor): string {
  if (typeof grad !== "object" || grad === null || !("toTypedArray" in grad)) return ""
  const own = grad as CardTensor
  const elements = own.toTypedArray()
  const facts = measure(elements)
  const line = summaryLine(own, elements, facts, "gradient").replace(/<\/?div>/g, "")
  const inner = body(own, elements, facts)
  if (inner === "") return `<div>${line}</div>`
  return `<details><summary style="cursor:pointer">${line}</summary>${inner}</details>`
}

function measure(elements: ArrayLike<number>): Facts {
  const facts = { finite: 0, low: Infinity, high: -Infinity, nan: 0, positiveInfinity: 0, negativeInfinity: 0 }
  // Welford's recurrence: one pass, and no loss of digits when the mean is large.
  let mean = 0
  let squares = 0
  for (let i = 0; i < elements.length; i++) {
    const value = elements[i] as number
    if (Number.isNaN(value)) facts.nan++
    else if (value === Infinity) facts.positiveInfinity++
    else if (value === -Infinity) facts.negativeInfinity++
    else {
      facts.finite++
      if (value < facts.low) facts.low = value
      if (value > facts.high) facts.high = value
      const step = value - mean
      mean += step / facts.finite
      squares += step * (value - mean)
    }
  }
  return { ...facts, mean, deviation: Math.sqrt(squares / Math.max(1, facts.finite)) }
}

function summaryLine(x: CardTensor, elements: ArrayLike<number>, facts: Facts, name?: string): string {
  const size = elements.length
  const type = name ?? (x.constructor.name === "Parameter" ? "Parameter" : "Tensor")
  const parts = [`<b>${type}[${x.shape.join(", ")}]</b> <span style="opacity:.65">${x.dtype}</span>`]
  if (x.shape.length === 0) parts.push(`<b>${cellFormat(elements, x.dtype)(elements[0] as number)}</b>`)
  else parts.push(`n=${count(size)}`)
  if (size * bytes[x.dtype] >= 1024) parts.push(byteText(size * bytes[x.dtype]))
  if (size > 1 && facts.finite > 0) {
    const heights = countBins(elements, 10, [facts.low, facts.high]).counts
    const shape = facts.high > facts.low ? ` <span style="opacity:.8">${bars(heights)}</span> ` : ", "
    parts.push(`x∈[${short(facts.low)}${shape}${short(facts.high)}]`)
    if (x.dtype !== "bool") parts.push(`μ=${short(facts.mean, 3)} σ=${short(facts.deviation, 3)}`)
    else parts.push(`${(100 * facts.mean).toFixed(1)} % true`)
  }
  if (x.requiresGrad) parts.push(`grad${x.grad ? " ✓" : ""}`)
  const alarms = [
    facts.nan > 0 ? `NaN×${count(facts.nan)}` : "",
    facts.positiveInfinity > 0 ? `+Inf×${count(facts.positiveInfinity)}` : "",
    facts.negativeInfinity > 0 ? `-Inf×${count(facts.negativeInfinity)}` : "",
  ].filter((alarm) => alarm !== "")
  if (alarms.length > 0) parts.push(`<b style="color:#D1373F">${alarms.join(" ")}</b>`)
  return `<div>${parts.join("&ensp;")}</div>`
}

function body(x: CardTensor, elements: ArrayLike<number>, facts: Facts): string {
  const { shape } = x
  if (shape.length === 0) return ""
  if (elements.length === 0) return '<div style="opacity:.65">no elements</div>'
  const [rows, columns] = shape.length < 2 ? [1, elements.length] : [shape.at(-2) ?? 1, shape.at(-1) ?? 1]
  const matrices = elements.length / (rows * columns)
  const scale = colorScale(facts.finite > 0 ? facts.low : 0, facts.finite > 0 ? facts.high : 1)
  const color = (value: number) => scale.color(value)
  if (matrices === 1 && columns <= tableColumns) {
    return table(elements, rows, columns, x.dtype, color)
  }
  if (looksLikePictures(shape, x.dtype, facts)) {
    return picturesHtml(readPictures("display", x, slices, { invert: false }), shape[0] ?? 0)
  }
  // A long vector is folded into rows, so that it becomes an area instead of a line.
  if (matrices === 1 && rows === 1) return picturesHtml([matrixPixels(fold(elements), color)], 1)
  const shown = Math.min(slices, matrices)
  const maps = Array.from({ length: shown }, (_, k) =>
    matrixPixels({ rows, columns, at: (i) => elements[k * rows * columns + i] as number }, color),
  )
  const pooled = maps.some(({ width, height }) => width < columns || height < rows)
  return (
    picturesHtml(maps, matrices) + (pooled ? '<div style="opacity:.65">each pixel is the mean of its block</div>' : "")
  )
}

function table(
  elements: ArrayLike<number>,
  rows: number,
  columns: number,
  dtype: DType,
  color: (value: number) => Rgb,
): string {
  const text = cellFormat(elements, dtype)
  const cell = (value: number) => {
    const paint = color(value)
    const style = `padding:1px 8px;text-align:right;border:0;background:${css(paint)};color:${textOn(paint)}`
    return `<td style="${style}">${escapeHtml(text(value))}</td>`
  }
  const line = (r: number) => {
    const cells = Array.from({ length: columns }, (_, c) => cell(elements[r * columns + c] as number))
    return `<tr>${cells.join("")}</tr>`
  }
  const all = Array.from({ length: rows }, (_, r) => r)
  const lines = rows <= tableRows ? all.map(line) : all.slice(0, headRows).map(line)
  if (rows > tableRows) {
    const hidden = `${count(rows - headRows - tailRows)} more rows`
    lines.push(`<tr><td colspan="${columns}" style="border:0;text-align:center;opacity:.65">… ${hidden} …</td></tr>`)
    lines.push(...all.slice(-tailRows).map(line))
  }
  return `<table style="border-collapse:collapse;margin:4px 0;${monospace};font-size:12px">${lines.join("")}</table>`
}

/** The same number of decimals in all cells, as many as the smallest spread needs. */
function cellFormat(elements: ArrayLike<number>, dtype: DType): (value: number) => string {
  if (dtype === "bool") return (value) => (value ? "true" : "false")
  let largest = 0
  let whole = true
  for (let i = 0; i < elements.length; i++) {
    const value = elements[i] as number
    if (!Number.isFinite(value)) continue
    largest = Math.max(largest, Math.abs(value))
    whole &&= Number.isInteger(value)
  }
  const special = (value: number) => (Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf")
  if (dtype === "int32" || whole) return (v) => (Number.isFinite(v) ? String(v) : special(v))
  if (largest >= 1e5 || largest < 1e-3) return (v) => (Number.isFinite(v) ? v.toExponential(2) : special(v))
  const decimals = largest >= 100 ? 1 : largest >= 10 ? 2 : 3
  return (v) => (Number.isFinite(v) ? v.toFixed(decimals) : special(v))
}

/** Images are [N, 28, 28] or [N, C, H, W] with values as cameras give them: not negative, up to 1 or 255. */
function looksLikePictures(shape: readonly number[], dtype: DType, facts: Facts): boolean {
  const found = pictureShape(shape)
  if (!found || dtype === "bool" || shape.length < 3) return false
  if (found.height < 8 || found.width < 8 || facts.low < 0 || facts.high > 255) return false
  if (shape.length === 4) return true
  // Attention maps are stacks of squares too, but rows of theirs sum to one, which leaves the values small.
  return facts.high > 0.5 && facts.mean > 0.02 && found.height >= 20
}

function fold(elements: ArrayLike<number>): ReadableMatrix {
  const wanted = Math.min(elements.length, Math.max(64, Math.ceil(Math.sqrt(elements.length))))
  // The last row must be full: an empty rest would look like values.
  let columns = wanted
  while (elements.length % columns !== 0 && columns > wanted / 2) columns--
  if (elements.length % columns !== 0) return { rows: 1, columns: elements.length, at: (i) => elements[i] as number }
  return { rows: elements.length / columns, columns, at: (i) => elements[i] as number }
}

function matrixPixels(source: ReadableMatrix, color: (value: number) => Rgb): Pixels {
  const { rows, columns, data } = poolMatrix(source, 320)
  // Means of blocks lie closer together than the elements, so they get a scale of their own.
  const range = rows < source.rows || columns < source.columns ? extent(data) : undefined
  const paint = range ? colorScale(...range).color : color
  const pixels = new Uint8Array(rows * columns * 3)
  data.forEach((value, i) => {
    pixels.set(paint(value), i * 3)
  })
  return { width: columns, height: rows, channels: 3, data: pixels }
}

/** The pictures in a row that wraps, enlarged so that a pixel can be seen. */
function picturesHtml(pictures: readonly Pixels[], total: number): string {
  const images = pictures.map((picture) => {
    const target = pictures.length === 1 ? 160 : 84
    const factor = Math.max(1, Math.min(12, Math.floor(target / Math.max(picture.width, picture.height))))
    const width = picture.width * factor
    // A vector is a strip of one pixel, which nobody sees.
    const height = Math.max(picture.height * factor, 12)
    const style = "display:inline-block;margin:3px 4px 3px 0;border:1px solid #c3cad3;image-rendering:pixelated"
    return `<img src="${dataUrl(enlarge(picture, factor))}" width="${width}" height="${height}" style="${style}" alt="">`
  })
  const rest =
    total > pictures.length ? `<div style="opacity:.65">first ${pictures.length} of ${count(total)}</div>` : ""
  return `<div>${images.join("")}</div>${rest}`
}

/** A number of bytes as one reads it: 4 KiB, 1.5 MiB. */
export function byteText(size: number): string {
  if (size < 1024) return `${size} B`
  const unit = size < 1024 ** 2 ? "KiB" : size < 1024 ** 3 ? "MiB" : "GiB"
  const scaled = size / 1024 ** (unit === "KiB" ? 1 : unit === "MiB" ? 2 : 3)
  return `${short(Number(scaled.toPrecision(3)))} ${unit}`
}
