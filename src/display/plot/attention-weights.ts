import * as messages from "../messages.js"
import { type Block, readBlock } from "../nested.js"
import { extent, type TensorLike } from "../numbers.js"

/** Which attention weights are drawn, and what their rows and columns are called. */
export interface AttentionChoice {
  /** The tokens of the queries, from top to bottom, and of the keys; a string stands for its characters. */
  tokens?: readonly string[] | string
  /** The tokens of the keys, from left to right, where they are another text (cross attention). */
  keyTokens?: readonly string[] | string
  /** Draws only this layer of [layers, heads, T, S]; of fewer dimensions, it is named in the title. */
  layer?: number
  /** Draws only this head, large. */
  head?: number
}

/** Weights as they are drawn: one map for each layer and head. */
export interface Maps {
  layers: number
  heads: number
  /** Rows (queries) and columns (keys) of a map. */
  rows: number
  columns: number
  /** How many tokens a cell stands for, along each side. */
  block: number
  data: readonly number[]
  /** The numbers of the first layer and head that are here, when some were picked. */
  firstLayer: number
  firstHead: number
  /** How many dimensions the weights had. */
  rank: number
}

/**
 * Attention weights with the names of their queries and keys, and of the layers and heads only what was asked for.
 *
 * Shape: [T, S], [heads, T, S] or [layers, heads, T, S].
 */
export function readAttention(call: string, weights: Iterable<unknown> | TensorLike, options: AttentionChoice) {
  const all = readBlock(call, "weights", weights, [2, 3, 4], "[T, S], [heads, T, S] or [layers, heads, T, S]")
  const maps = pickHead(call, pickLayer(call, all, options.layer), options.head)
  const tokens = tokenNames(call, maps, options)
  const range = extent(maps.data)
  if (!range) throw messages.nothingToDraw(call, "weights")
  return { maps, tokens, range }
}

/** "Attention, layer 2, head 1": what was picked, for a title. */
export function titled(word: string, { layer, head }: AttentionChoice): string {
  return [word, layer === undefined ? "" : `layer ${layer}`, head === undefined ? "" : `head ${head}`]
    .filter((part) => part !== "")
    .join(", ")
}

function pickLayer(call: string, { shape, data }: Block, layer: number | undefined): Maps {
  const [layers = 1, heads = 1, rows = 0, columns = 0] = [...new Array<number>(4 - shape.length).fill(1), ...shape]
  const all = { layers, heads, rows, columns, block: 1, data, firstLayer: 0, firstHead: 0, rank: shape.length }
  if (shape.length < 4 || layer === undefined) return all
  if (!Number.isInteger(layer) || layer < 0 || layer >= layers) throw messages.noSuchLayer(call, layer, layers)
  const size = heads * rows * columns
  return { ...all, layers: 1, firstLayer: layer, data: data.slice(layer * size, (layer + 1) * size) }
}

function pickHead(call: string, maps: Maps, head: number | undefined): Maps {
  const { layers, heads, rows, columns, data } = maps
  if (head === undefined) return maps
  if (!Number.isInteger(head) || head < 0 || head >= heads) throw messages.noSuchHead(call, head, heads)
  const size = rows * columns
  const own = Array.from({ length: layers }, (_, l) =>
    data.slice((l * heads + head) * size, (l * heads + head + 1) * size),
  )
  return { ...maps, heads: 1, firstHead: head, data: own.flat() }
}

/** What stands beside each row and below each column: the tokens, else positions. */
function tokenNames(call: string, { rows, columns }: Maps, options: AttentionChoice) {
  const tokens = options.tokens === undefined ? undefined : Array.from(options.tokens)
  const keyTokens = options.keyTokens === undefined ? undefined : Array.from(options.keyTokens)
  const positions = (size: number) => Array.from({ length: size }, (_, i) => String(i))
  // What cannot be seen, a space or a line break, is a dot.
  const shown = (list: readonly string[]) =>
    list.map((token) =>
      String(token)
        .replace(/[\p{Cc}\p{Cf}]/gu, "·")
        .replace(/^\s+$/, "·"),
    )
  if (tokens && tokens.length !== rows) throw messages.tokensDoNotFit(call, "tokens", tokens.length, "queries", rows)
  if (keyTokens && keyTokens.length !== columns)
    throw messages.tokensDoNotFit(call, "keyTokens", keyTokens.length, "keys", columns)
  if (tokens && !keyTokens && tokens.length !== columns)
    throw messages.tokensDoNotFit(call, "tokens", tokens.length, "keys", columns)
  return {
    queries: tokens ? shown(tokens) : positions(rows),
    keys: keyTokens || tokens ? shown(keyTokens ?? tokens ?? []) : positions(columns),
  }
}
