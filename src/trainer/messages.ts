import { ArgumentError } from "../tensor/errors.js"
import { valueText } from "../tensor/messages.js"

/** An option that a training does not take. */
export function badOption(name: string, value: unknown, rule: string, hint?: string): ArgumentError {
  return new ArgumentError({ call: `fit: ${name} ${valueText(value)}`, rule, hint })
}

/** A batch that is no pair of inputs and targets. */
export function notAPair(batch: unknown): ArgumentError {
  return new ArgumentError({
    call: `fit: a batch is ${valueText(batch)}`,
    rule: "A batch is a pair of inputs and targets: [x, y].",
    hint: "for batches of another form write the loop yourself, or make pairs of them with a loader's collate.",
  })
}

/** A loss that is not a single number. */
export function notALoss(value: unknown): ArgumentError {
  return new ArgumentError({
    call: `fit: the loss is ${valueText(value)}`,
    rule: "A loss is a tensor with one element.",
    hint: "take its mean: loss.mean().",
  })
}

/** A training that went off the rails. */
export function lossIsNaN(epoch: number, batch: number, value: number): ArgumentError {
  return new ArgumentError({
    call: `fit: the loss is ${value} in batch ${batch} of epoch ${epoch}`,
    rule: "Nothing more can be learned from it, so the training stops here; the history keeps what came before.",
    hint: "try a smaller learning rate, or clipGradNorm: 1; { allowNaN: true } goes on.",
  })
}

/** Nothing to train on. */
export function noBatches(): ArgumentError {
  return new ArgumentError({ call: "fit: the loader gave no batch", rule: "At least one batch is needed in an epoch." })
}

/** The best values of a training that has none. */
export function nothingBest(): ArgumentError {
  return new ArgumentError({
    call: "restoreBest: no values were kept",
    rule: "They are kept when fit is told to: { bestWeights: true }, or { earlyStopping: … }.",
  })
}
