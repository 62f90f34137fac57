export { Adadelta, type AdadeltaSettings } from "./adadelta.js"
export { Adafactor, type AdafactorSettings } from "./adafactor.js"
export { Adagrad, type AdagradSettings } from "./adagrad.js"
export { Adam, type AdamSettings, AdamW } from "./adam.js"
export {
  Adamax,
  type AdamaxSettings,
  NAdam,
  type NAdamSettings,
  RAdam,
  type RAdamSettings,
} from "./adam-variants.js"
export { ASGD, type ASGDSettings } from "./asgd.js"
export { AveragedModel, type AveragedModelOptions, SWALR, type SWALROptions, updateBn } from "./averaged-model.js"
export { ChainedScheduler, SequentialLR } from "./combined-schedulers.js"
export { CosineAnnealingLR, CosineAnnealingWarmRestarts } from "./cosine-schedulers.js"
export {
  CyclicLR,
  type CyclicLROptions,
  OneCycleLR,
  type OneCycleLROptions,
  type PerGroup,
} from "./cyclic-schedulers.js"
export { LBFGS, type LBFGSSettings } from "./lbfgs.js"
export { type GroupOptions, Optimizer, type OptimizerState, type ParameterGroup } from "./optimizer.js"
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./plateau.js"
export { RMSprop, type RMSpropSettings } from "./rmsprop.js"
export { Rprop, type RpropSettings } from "./rprop.js"
export { Scheduler, type SchedulerState } from "./scheduler.js"
export {
  ConstantLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  type LinearLROptions,
  MultiplicativeLR,
  MultiStepLR,
  PolynomialLR,
  type RateFunction,
  StepLR,
} from "./schedulers.js"
export { SGD, type SGDSettings } from "./sgd.js"
