import { notATensor, wrongRank } from "../../tensor/messages.js"
import { Tensor } from "../../tensor/tensor.js"
import * as messages from "../messages.js"

function checkImage(name: string, x: Tensor, factorName: string, factor: number): void {
  if (!(x instanceof Tensor)) throw notATensor(name, x, "a tensor")
  if (x.ndim < 3) throw wrongRank(name, x.shape, "[..., C, H, W]")
  if (!Number.isInteger(factor) || factor < 1) throw messages.badSize(name, factorName, factor)
}

/**
 * Makes an image larger by spreading channels over its pixels: `[..., C · r², H, W]` to `[..., C, H · r, W · r]`.
 *
 * Errors: channels that are not a multiple of r².
 *
 * Source: Shi et al., "Real-Time Single Image and Video Super-Resolution", 2016.
 *
 * @example F.pixelShuffle(arange(4).reshape(4, 1, 1), 2) // tensor([[[0, 1],\n         [2, 3]]], dtype=int32)
 */
export function pixelShuffle(x: Tensor, upscaleFactor: number): Tensor {
  checkImage("pixelShuffle", x, "upscaleFactor", upscaleFactor)
  const r = upscaleFactor
  const front = x.shape.slice(0, -3)
  const [channels, height, width] = x.shape.slice(-3) as [number, number, number]
  if (channels % (r * r) !== 0) throw messages.notDivisible("pixelShuffle", x.shape, "channels", channels, r * r)
  const n = front.length
  return x
    .reshape([...front, channels / (r * r), r, r, height, width]) // [..., C, r, r, H, W]
    .permute([...front.keys(), n, n + 3, n + 1, n + 4, n + 2]) // [..., C, H, r, W, r]
    .reshape([...front, channels / (r * r), height * r, width * r])
}

/**
 * Turns `pixelShuffle` around: `[..., C, H · r, W · r]` to `[..., C · r², H, W]`.
 *
 * Errors: a height or width that is not a multiple of r.
 *
 * @example F.pixelUnshuffle(tensor([[[0, 1], [2, 3]]]), 2).flatten() // tensor([0., 1., 2., 3.])
 */
export function pixelUnshuffle(x: Tensor, downscaleFactor: number): Tensor {
  checkImage("pixelUnshuffle", x, "downscaleFactor", downscaleFactor)
  const r = downscaleFactor
  const front = x.shape.slice(0, -3)
  const [channels, height, width] = x.shape.slice(-3) as [number, number, number]
  if (height % r !== 0) throw messages.notDivisible("pixelUnshuffle", x.shape, "height", height, r)
  if (width % r !== 0) throw messages.notDivisible("pixelUnshuffle", x.shape, "width", width, r)
  const n = front.length
  return x
    .reshape([...front, channels, height / r, r, width / r, r]) // [..., C, H, r, W, r]
    .permute([...front.keys(), n, n + 2, n + 4, n + 1, n + 3]) // [..., C, r, r, H, W]
    .reshape([...front, channels * r * r, height / r, width / r])
}

/**
 * Deals the channels of an image anew: groups of them become every g-th.
 *
 * Shape: input `[N, C, …]` with C a multiple of `groups`; the output is alike.
 *
 * Source: Zhang et al., "ShuffleNet", 2017.
 *
 * @example F.channelShuffle(arange(4).reshape(1, 4, 1), 2).flatten() // tensor([0, 2, 1, 3], dtype=int32)
 */
export function channelShuffle(x: Tensor, groups: number): Tensor {
  if (!(x instanceof Tensor)) throw notATensor("channelShuffle", x, "a tensor")
  if (x.ndim < 3) throw wrongRank("channelShuffle", x.shape, "[N, C, …] with at least one dimension more")
  if (!Number.isInteger(groups) || groups < 1) throw messages.badSize("channelShuffle", "groups", groups)
  const channels = x.size(1)
  if (channels % groups !== 0) throw messages.notDivisible("channelShuffle", x.shape, "channels", channels, groups)
  return x
    .reshape([x.size(0), groups, channels / groups, -1])
    .transpose(1, 2) // [N, C / g, g, …]
    .reshape(x.shape)
}
