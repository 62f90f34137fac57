export * from "./activations.js"
export {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type BatchNormLayerOptions,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
} from "./batch-norm.js"
export * from "./containers.js"
export * from "./convolution.js"
export * from "./distance.js"
export * from "./dropout.js"
export * from "./embedding.js"
export * from "./fold.js"
export * as functional from "./functional.js"
export * as init from "./init.js"
export {
  type AdaptiveLogSoftmaxOptions,
  type AdaptiveLogSoftmaxOutput,
  AdaptiveLogSoftmaxWithLoss,
  LinearCrossEntropyLoss,
  type LinearCrossEntropyLossOptions,
} from "./large-vocabulary.js"
export * from "./linear.js"
export * from "./losses.js"
export * from "./margin-losses.js"
export { StateError } from "./messages.js"
export * from "./module.js"
export * from "./multihead.js"
export {
  GroupNorm,
  type GroupNormLayerOptions,
  LayerNorm,
  type LayerNormLayerOptions,
  LocalResponseNorm,
  RMSNorm,
  type RMSNormLayerOptions,
} from "./normalization.js"
export * from "./packed-sequence.js"
export * from "./padding.js"
export * from "./parameter.js"
export * from "./perceptron.js"
export * from "./pooling.js"
export * from "./positional-encoding.js"
export * from "./rectifiers.js"
export * from "./recurrent.js"
export * from "./recurrent-cells.js"
export * from "./shape-layers.js"
export * from "./transformer.js"
export * from "./transformer-layers.js"
export * from "./unpooling.js"
export * from "./upsample.js"
export * as utils from "./utils.js"
