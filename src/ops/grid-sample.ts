import { badOption, notATensor } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import { linspace, ones } from "./creation.js"
import { stack } from "./join.js"
import { matmul } from "./matmul.js"
import { gather } from "./select.js"
import * as messages from "./window-messages.js"

/** Options of `affineGrid`. */
export interface AffineGridOptions {
  /** Whether -1 and 1 are the middles of the outer pixels instead of their edges. Default: false. */
  alignCorners?: boolean
}

/** The places of the pixels of one dimension, from -1 to 1. */
function pixelPlaces(count: number, alignCorners: boolean, dtype: Tensor["dtype"]): Tensor {
  if (count === 1) return ones([1], { dtype }).mul(0)
  const places = linspace(-1, 1, count, { dtype })
  return alignCorners ? places : places.mul((count - 1) / count)
}

/**
 * Where `gridSample` is to look so that images are turned, scaled and moved: each place of the output, `(x, y, 1)` with both
 * from -1 to 1, times theta.
 *
 * Shape: theta `[N, 2, 3]`, size `[N, C, H, W]`; the result is `[N, H, W, 2]`.
 *
 * Source: Jaderberg et al., "Spatial Transformer Networks", 2015.
 *
 * @example affineGrid(tensor([[[1, 0, 0], [0, 1, 0]]]), [1, 1, 1, 2]).flatten() // tensor([-0.5000,  0.0000,  0.5000,  0.0000])
 */
export function affineGrid(
  theta: Tensor,
  size: readonly [number, number, number, number],
  { alignCorners = false }: AffineGridOptions = {},
): Tensor {
  if (!(theta instanceof Tensor)) throw notATensor("affineGrid", theta, "a tensor of matrices, [N, 2, 3]")
  const isSize = Array.isArray(size) && size.length === 4 && size.every((count) => Number.isInteger(count) && count > 0)
  const isMatrices = theta.ndim === 3 && theta.size(1) === 2 && theta.size(2) === 3
  if (!isSize || !isMatrices || size[0] !== theta.size(0)) throw messages.affineTheta(theta.shape, size)
  const [samples, , height, width] = size
  const x = pixelPlaces(width, alignCorners, theta.dtype).expand([height, width])
  const y = pixelPlaces(height, alignCorners, theta.dtype).unsqueeze(1).expand([height, width])
  const places = stack([x, y, ones([height, width], { dtype: theta.dtype })], 2) // [H, W, 3]
  return matmul(places.reshape([1, height * width, 3]), theta.mT()).reshape([samples, height, width, 2])
}

/** Options of `gridSample`. */
export interface GridSampleOptions {
  /** How an element between pixels is found: from its four neighbours, or the nearest. Default: `"bilinear"`. */
  mode?: "bilinear" | "nearest"
  /** What is beyond the image: zeros, its outer pixels, or its mirror image. Default: `"zeros"`. */
  paddingMode?: "zeros" | "border" | "reflection"
  /** Whether -1 and 1 are the middles of the outer pixels instead of their edges. Default: false. */
  alignCorners?: boolean
}

const modes = ["bilinear", "nearest"] as const
const paddingModes = ["zeros", "border", "reflection"] as const

/** Places from -1 to 1 as pixels of a dimension. */
function pixelsAt(
  places: Tensor,
  size: number,
  paddingMode: GridSampleOptions["paddingMode"],
  corners: boolean,
): Tensor {
  const at = corners ? places.add(1).mul((size - 1) / 2) : places.add(1).mul(size).sub(1).div(2)
  if (paddingMode === "border") return at.clamp(0, size - 1)
  if (paddingMode !== "reflection") return at
  const [low, span] = corners ? [0, size - 1] : [-0.5, size]
  if (span === 0) return at.mul(0)
  // As far from the lower edge, the way back counted from the upper one.
  const distance = at.sub(low).abs()
  const turns = distance.detach().div(span).floor()
  const rest = distance.sub(turns.mul(span))
  const isBack = turns.remainder(2)
  return rest
    .mul(isBack.mul(-2).add(1))
    .add(isBack.mul(span))
    .add(low)
    .clamp(0, size - 1)
}

/**
 * Takes images apart at any places: `out[n, :, i, j] = x[n, :, y, x]` with `(x, y) = grid[n, i, j]`, both from -1 (left, top)
 * to 1 (right, bottom).
 *
 * Shape: x `[N, C, H, W]`, grid `[N, H′, W′, 2]`; the result is `[N, C, H′, W′]`.
 *
 * Errors: another number of images than grids.
 *
 * Source: Jaderberg et al., "Spatial Transformer Networks", 2015.
 *
 * @example gridSample(tensor([[[[1, 3]]]]), tensor([[[[0, 0]]]])) // tensor([[[[2.]]]])
 */
export function gridSample(
  x: Tensor,
  grid: Tensor,
  { mode = "bilinear", paddingMode = "zeros", alignCorners = false }: GridSampleOptions = {},
): Tensor {
  for (const input of [x, grid]) if (!(input instanceof Tensor)) throw notATensor("gridSample", input, "tensors")
  if (!modes.includes(mode)) throw badOption("gridSample", "mode", mode, modes)
  if (!paddingModes.includes(paddingMode)) throw badOption("gridSample", "paddingMode", paddingMode, paddingModes)
  const fits = x.ndim === 4 && grid.ndim === 4 && grid.size(3) === 2 && grid.size(0) === x.size(0)
  if (!fits) throw messages.sampleGrid(x.shape, grid.shape)
  const [samples, channels, height, width] = x.shape as readonly [number, number, number, number]
  const [down, across] = [grid.size(1), grid.size(2)]
  const column = pixelsAt(grid.select(3, 0), width, paddingMode, alignCorners)
  const row = pixelsAt(grid.select(3, 1), height, paddingMode, alignCorners)
  const planes = x.flatten(2) // [N, C, H W]

  /** The pixels at whole places, 0 beyond the image. */
  const pixels = (rows: Tensor, columns: Tensor): Tensor => {
    const inside = rows.ge(0).logicalAnd(rows.lt(height)).logicalAnd(columns.ge(0)).logicalAnd(columns.lt(width))
    const places = rows
      .clamp(0, height - 1)
      .mul(width)
      .add(columns.clamp(0, width - 1))
      .to("int32")
    const flat = places.reshape([samples, 1, down * across]).expand([samples, channels, down * across])
    const found = gather(planes, 2, flat).reshape([samples, channels, down, across])
    return found.mul(inside.to(x.dtype).unsqueeze(1))
  }

  if (mode === "nearest") return pixels(row.detach().round(), column.detach().round())
  const [top, left] = [row.detach().floor(), column.detach().floor()]
  const [below, right] = [row.sub(top).unsqueeze(1), column.sub(left).unsqueeze(1)] // the shares of the farther neighbours
  const [above, before] = [below.neg().add(1), right.neg().add(1)]
  return pixels(top, left)
    .mul(above.mul(before))
    .add(pixels(top, left.add(1)).mul(above.mul(right)))
    .add(pixels(top.add(1), left).mul(below.mul(before)))
    .add(pixels(top.add(1), left.add(1)).mul(below.mul(right)))
}
