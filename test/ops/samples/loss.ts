import { type Argument, callWith, constants, crooked, floats, ints, type Sample, type Samples } from "../sample.js"

/** A loss in its three reductions, with PyTorch's options written out. */
function reductions(
  python: string,
  inputs: readonly Argument[],
  options: Record<string, Argument> = {},
  also = "",
): Sample[] {
  return ["mean", "sum", "none"].map((reduction) =>
    callWith({ torch: `F.${python}(a, b${also}, reduction="${reduction}")` }, ...inputs, { ...options, reduction }),
  )
}

const classes = () => ints([2, 0])
const shares = () =>
  constants([
    [0.2, 0.3, 0.5],
    [1, 0, 0],
  ])

/** Losses. */
export const loss = {
  mseLoss: reductions("mse_loss", [crooked([2, 3]), crooked([2, 3], 0, 1)]),
  l1Loss: reductions("l1_loss", [crooked([2, 3]), crooked([2, 3], 0, 1)]),
  huberLoss: [
    ...reductions("huber_loss", [crooked([2, 3]), crooked([2, 3], 0, 1)]),
    ...reductions("huber_loss", [crooked([2, 3]), crooked([2, 3], 0, 1)], { delta: 0.7 }, ", delta=0.7"),
  ],
  binaryCrossEntropy: reductions("binary_cross_entropy", [floats([0.2, 0.7, 0.9]), constants([0, 1, 0.5])]),
  binaryCrossEntropyWithLogits: reductions("binary_cross_entropy_with_logits", [
    floats([-2, 0.7, 4]),
    constants([0, 1, 0.5]),
  ]),
  crossEntropy: [
    ...reductions("cross_entropy", [crooked([2, 3]), classes()]),
    ...reductions("cross_entropy", [crooked([2, 3]), ints([2, -100])]),
    ...reductions("cross_entropy", [crooked([2, 3]), classes()], { labelSmoothing: 0.1 }, ", label_smoothing=0.1"),
    ...reductions("cross_entropy", [crooked([2, 3]), classes()], { weight: constants([1, 2, 3]) }, ", weight=c"),
    ...reductions("cross_entropy", [crooked([2, 3]), shares()]),
    ...reductions("cross_entropy", [
      crooked([2, 3, 2]),
      ints([
        [0, 2],
        [1, 1],
      ]),
    ]),
  ],
  nllLoss: reductions("nll_loss", [crooked([2, 3], -3, -0.1), classes()]),
} satisfies Samples
