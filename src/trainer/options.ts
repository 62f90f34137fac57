import type { Module } from "../nn/module.js"
import type { Optimizer } from "../optim/optimizer.js"
import type { Tensor } from "../tensor/tensor.js"
import type { History } from "./history.js"
import { badOption } from "./messages.js"

/** Inputs and targets of a batch. */
export type Pair<X, Y> = readonly [x: X, y: Y, ...rest: unknown[]]

/** Where a training stands, as callbacks see it. */
export interface FitState {
  readonly model: Module
  readonly history: History
  /** The epoch that runs or has just ended, counted from 1. */
  readonly epoch: number
  /** How many epochs there will be. */
  readonly epochs: number
  /** How many batches were trained on so far, in all epochs. */
  readonly step: number
  /** The loss of the last batch; after an epoch its mean over the epoch. */
  readonly loss: number
  /** The mean loss over the validation set, after an epoch with one. */
  readonly valLoss: number | undefined
  /** The metrics of the validation set, after an epoch. */
  readonly metrics: Readonly<Record<string, number>>
  /** Ends the training after this batch or epoch. */
  stop(): void
}

/** What is called while a training runs; a plain function is called after each epoch. */
export interface FitCallbacks {
  onStart?(state: FitState): void
  onBatchEnd?(state: FitState): void
  onEpochEnd?(state: FitState): void
  onEnd?(state: FitState): void
}

/** When a training ends before its last epoch. */
export interface EarlyStopping {
  /** After how many epochs without improvement. */
  patience: number
  /** By how much a value must improve to count. Default: 0. */
  minDelta?: number
}

/** How a model is trained. */
export interface FitOptions<X = Tensor, Y = Tensor> {
  /** The loss of a batch: `nn.CrossEntropyLoss`, `F.mseLoss`, or a function of output and target. */
  loss: (output: Tensor, target: Y) => Tensor
  /** What moves the parameters. */
  optimizer: Optimizer
  /** How often all batches are gone through. Default: 1. */
  epochs?: number
  /** Batches that are not trained on, to see how the model does on new samples after each epoch. */
  validation?: Iterable<Pair<X, Y>> | AsyncIterable<Pair<X, Y>>
  /** What else is measured on the validation set: `{ accuracy: metrics.accuracy }`. */
  metrics?: Readonly<Record<string, (yTrue: Tensor, yPred: Tensor) => number>>
  /** A schedule of the learning rate; after each epoch, or with `every: "batch"` after each batch. */
  scheduler?: Schedule | { readonly scheduler: Schedule; readonly every: "epoch" | "batch" }
  /** The largest norm of all gradients together; larger ones are shortened to it. */
  clipGradNorm?: number
  /** Ends the training when the watched value has not improved for some epochs; implies `bestWeights`. */
  earlyStopping?: number | EarlyStopping
  /** Whether the values of the best epoch are put into the model at the end. Default: false. */
  bestWeights?: boolean
  /** What makes an epoch the best: `"val"`, `"train"`, or a metric. Default: `"val"` with a validation set, else `"train"`. */
  monitor?: string
  /** Whether small or large values of it are good. Default: `"min"` for a loss, `"max"` for a metric. */
  mode?: "min" | "max"
  /** A file that the model's values are saved to whenever an epoch is the best so far. */
  checkpoint?: string
  /** Called while the training runs. */
  callbacks?: ((state: FitState) => void) | FitCallbacks | readonly (((state: FitState) => void) | FitCallbacks)[]
  /** Whether a bar shows how far it is. Default: true. */
  progress?: boolean
  /** A history to go on with, from an earlier call. */
  history?: History
  /** Whether to go on when the loss is NaN or infinite. Default: false. */
  allowNaN?: boolean
}

/** What `fit` needs of a schedule; `ReduceLROnPlateau` is given the watched value. */
export interface Schedule {
  step(value: number): void
}

/** Refuses options that make no sense, before anything is trained. */
export function checkOptions<X, Y>(options: FitOptions<X, Y>): void {
  const { loss, optimizer, epochs = 1, clipGradNorm, earlyStopping, monitor, metrics = {}, validation } = options
  if (typeof loss !== "function")
    throw badOption(
      "loss",
      loss,
      "It is a function of output and target.",
      "make the layer: new nn.CrossEntropyLoss().",
    )
  if (typeof optimizer?.step !== "function")
    throw badOption("optimizer", optimizer, "It is an optimizer.", "new optim.Adam(model.parameters()).")
  if (!Number.isInteger(epochs) || epochs < 1) throw badOption("epochs", epochs, "It is a whole number of at least 1.")
  if (clipGradNorm !== undefined && !(clipGradNorm > 0))
    throw badOption("clipGradNorm", clipGradNorm, "It is a number above 0.")
  const patience = typeof earlyStopping === "object" ? earlyStopping.patience : earlyStopping
  if (patience !== undefined && (!Number.isInteger(patience) || patience < 1))
    throw badOption("earlyStopping", patience, "It is the number of epochs without improvement, at least 1.")
  const known = ["train", ...(validation === undefined ? [] : ["val", ...Object.keys(metrics)])]
  if (monitor !== undefined && !known.includes(monitor))
    throw badOption("monitor", monitor, `It is one of ${known.join(", ")}.`)
}
