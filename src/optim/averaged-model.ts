import { noGrad } from "../autograd/mode.js"
import { RunningNorm } from "../nn/batch-norm.js"
import { Module } from "../nn/module.js"
import { uninitialized } from "../tensor/allocate.js"
import { isFloatingPoint } from "../tensor/promote.js"
import { adoptElements, Tensor } from "../tensor/tensor.js"
import { badSetting, notAModel, otherModel } from "./messages.js"
import { checkRange, type Optimizer } from "./optimizer.js"
import { checkCount, Scheduler } from "./scheduler.js"

/** Options of `AveragedModel`. */
export interface AveragedModelOptions {
  /** How much of the average is kept at each update, for an exponential mean; null for the mean of all. Default: null. */
  decay?: number | null
  /** What the average becomes from itself, the parameter now, and how many were averaged, in place of both. */
  avgFn?: ((average: Tensor, parameter: Tensor, numAveraged: number) => Tensor) | null
  /** Whether buffers, such as running statistics, are averaged as well. Default: false. */
  useBuffers?: boolean
}

/**
 * The mean of a model's weights over a training, which is often better than the last ones: call `updateParameters` after
 * each step (or epoch), and the averaged model like the model itself. It computes with the averages without recording, and
 * leaves the model's own weights as they are.
 *
 * Formula: `average ← average + (p - average) / (n + 1)`, or with `decay` `average ← decay · average + (1 - decay) · p`.
 *
 * Errors: something other than a module, and a model of other parameters.
 *
 * Source: Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", 2018; Polyak and Juditsky,
 * "Acceleration of Stochastic Approximation by Averaging", 1992.
 *
 * @example const model = new nn.Linear(1, 1); const ema = new optim.AveragedModel(model, { decay: 0.9 }); ema.updateParameters(model); ema(ones([1, 1])).equal(model(ones([1, 1])).detach()) // true
 */
export class AveragedModel<M extends Module = Module> extends Module {
  readonly #model: M
  /** The model's tensors, and in the same order what stands for them here: first parameters, then buffers. */
  readonly #own: readonly Tensor[]
  readonly #copies: readonly Tensor[]
  /** How many of them are averaged; the others are the model's as they were at the last update. */
  readonly #averaged: number
  readonly #move: (average: Tensor, parameter: Tensor, numAveraged: number) => Tensor
  /** How many times the average was updated. */
  readonly numAveraged: Tensor

  constructor(model: M, { decay = null, avgFn = null, useBuffers = false }: AveragedModelOptions = {}) {
    super()
    if (!(model instanceof Module)) throw notAModel("AveragedModel", model)
    if (decay !== null && !(decay >= 0 && decay <= 1))
      throw badSetting("AveragedModel", "decay", decay, "must lie between 0 and 1")
    if (avgFn !== null && typeof avgFn !== "function")
      throw badSetting("AveragedModel", "avgFn", avgFn, "must be a function")
    this.#model = model
    this.#own = tensorsOf(model)
    this.#copies = this.#own.map((x) => x.detach().clone())
    this.#averaged = useBuffers ? this.#own.length : model.parameters().length
    this.numAveraged = uninitialized([], "int32").fill_(0)
    if (avgFn !== null) this.#move = avgFn
    else if (decay !== null) this.#move = (average, p) => average.add(p.sub(average).mul(1 - decay))
    else this.#move = (average, p, n) => average.add(p.sub(average).mul(1 / (n + 1)))
  }

  /** The model that is averaged. */
  get module(): M {
    return this.#model
  }

  /** Takes the parameters as they are now into the average; the first time it becomes them. */
  updateParameters(model: M): void {
    const own = model === this.#model ? this.#own : tensorsOf(model)
    if (own.length !== this.#copies.length) throw otherModel(this.#copies.length, own.length)
    const count = this.numAveraged.item()
    noGrad(() => {
      this.#copies.forEach((copy, i) => {
        const x = (own[i] as Tensor).detach()
        const isMoved = count > 0 && i < this.#averaged && isFloatingPoint(x.dtype)
        copy.copy_(isMoved ? this.#move(copy, x, count) : x)
      })
      this.numAveraged.add_(1)
    })
  }

  /** What the model gives with the averages in place of its parameters. */
  forward(...inputs: Parameters<M["forward"]>): ReturnType<M["forward"]> {
    return this.withAverages(() => noGrad(() => this.#model.forward(...inputs)))
  }

  /** Runs a function while the model is in the mode of this one and computes with the averages. */
  withAverages<T>(run: () => T): T {
    const before = this.#own.map((x) => x.detach())
    const modes = this.#model.modules().map((module) => [module, module.training] as const)
    const put = (tensors: readonly Tensor[]) =>
      this.#own.forEach((x, i) => {
        adoptElements(x, tensors[i] as Tensor)
      })
    try {
      put(this.#copies)
      this.#model.train(this.training)
      return run()
    } finally {
      put(before)
      for (const [module, mode] of modes) module.training = mode
    }
  }

  /** The averages by the names that PyTorch gives them. */
  override members(): Iterable<[string, unknown]> {
    const copies = new Map(this.#own.map((x, i) => [x, this.#copies[i]]))
    const named = this.#model.savedTensors().map(([name, x]): [string, unknown] => [`module.${name}`, copies.get(x)])
    return [["n_averaged", this.numAveraged], ...named]
  }
}

/** The parameters of a model, then its buffers. */
function tensorsOf(model: Module): Tensor[] {
  return [...model.parameters(), ...model.buffers()]
}

/**
 * Computes the running statistics of batch normalisation anew for a model, such as one of averaged weights: a pass over
 * the data in training mode. Batches may be inputs, or arrays that begin with one.
 *
 * @example const model = new nn.Sequential(new nn.BatchNorm1d(1)); optim.updateBn([tensor([[1], [3]])], model); model.getBuffer("0.running_mean") // tensor([2.])
 */
export function updateBn(loader: Iterable<Tensor | readonly Tensor[]>, model: Module): void {
  if (!(model instanceof Module)) throw notAModel("updateBn", model)
  if (model instanceof AveragedModel) {
    model.withAverages(() => updateBn(loader, model.module))
    return
  }
  const norms = model.modules().filter((module): module is RunningNorm => module instanceof RunningNorm)
  if (norms.length === 0) return
  const momenta = norms.map((norm) => norm.momentum)
  const modes = model.modules().map((module) => [module, module.training] as const)
  const setMomentum = (norm: RunningNorm, momentum: number | null) => Object.assign(norm, { momentum })
  model.train()
  for (const norm of norms) {
    norm.resetRunningStats()
    setMomentum(norm, null)
  }
  try {
    noGrad(() => {
      for (const batch of loader) model(batch instanceof Tensor ? batch : batch[0])
    })
  } finally {
    norms.forEach((norm, i) => void setMomentum(norm, momenta[i] ?? null))
    for (const [module, mode] of modes) module.training = mode
  }
}

/** Options of `SWALR`. */
export interface SWALROptions {
  /** The rate that it goes to and stays at. */
  swaLr: number
  /** How many epochs that takes. Default: 10. */
  annealEpochs?: number
  /** Along a cosine or a straight line. Default: `"cos"`. */
  annealStrategy?: "cos" | "linear"
}

/**
 * Brings the learning rate to `swaLr` in `annealEpochs` epochs and keeps it there, while weights are averaged.
 *
 * Source: Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", 2018.
 *
 * @example const o = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: 1 }); const s = new optim.SWALR(o, { swaLr: 0.5, annealEpochs: 2 }); [0, 1, 2].map(() => (s.step(), o.paramGroups[0].lr)) // [0.75, 0.5, 0.5]
 */
export class SWALR extends Scheduler {
  readonly swaLr: number
  readonly annealEpochs: number
  readonly annealStrategy: "cos" | "linear"

  constructor(optimizer: Optimizer, { swaLr, annealEpochs = 10, annealStrategy = "cos" }: SWALROptions) {
    super(optimizer)
    checkRange("SWALR", "swaLr", swaLr)
    checkCount("SWALR", "annealEpochs", annealEpochs, 0)
    if (annealStrategy !== "cos" && annealStrategy !== "linear")
      throw badSetting("SWALR", "annealStrategy", annealStrategy, 'must be "cos" or "linear"')
    this.swaLr = swaLr
    this.annealEpochs = annealEpochs
    this.annealStrategy = annealStrategy
    this.start()
  }

  /** How far the rate has gone by an epoch, from 0 to 1. */
  #share(epoch: number): number {
    const t = Math.max(0, Math.min(1, epoch / Math.max(1, this.annealEpochs)))
    return this.annealStrategy === "cos" ? (1 - Math.cos(Math.PI * t)) / 2 : t
  }

  protected rate(lr: number): number {
    const epoch = this.annealEpochs === 0 ? Math.max(1, this.lastEpoch) : this.lastEpoch
    const before = this.#share(epoch - 1)
    const began = before === 1 ? this.swaLr : (lr - before * this.swaLr) / (1 - before)
    const share = this.#share(epoch)
    return this.swaLr * share + began * (1 - share)
  }
}
