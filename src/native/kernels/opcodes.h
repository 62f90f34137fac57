// The names and numbers of the kernels. src/native/descriptor.ts holds the same lists in the same order; the addon tells
// its own in `signature`, and the loader refuses a binary that was built from others.
#pragma once

#define CELLGRAD_KERNELS(each)                                                                                       \
  each(fill) each(copy) each(unary) each(unaryStrided) each(binary) each(binaryStrided) each(binaryScalar)           \
  each(where) each(reduce) each(argReduce) each(matmul) each(linear) each(softmax) each(softmaxBackward)             \
  each(crossEntropy) each(crossEntropyBackward) each(squaredError) each(squaredErrorBackward) each(indexSelect)      \
  each(indexAdd) each(adam) each(sgd) each(rmsprop) each(peak) each(convolution) each(convolutionInput)              \
  each(convolutionWeight) each(maxPool) each(maxPoolBackward) each(averagePool) each(averagePoolBackward) \
  each(recurrent) each(recurrentBackward) each(attention) each(attentionBackward) each(layerNorm)                    \
  each(layerNormBackward) each(geluWithSlope) each(countLines) each(readCells) each(columnsToRows)

#define CELLGRAD_UNARY(each)                                                                                         \
  each(neg) each(abs) each(sign) each(exp) each(expm1) each(log) each(log1p) each(log2) each(sqrt) each(rsqrt)       \
  each(square) each(reciprocal) each(sin) each(cos) each(tanh) each(sigmoid) each(relu) each(erf) each(gelu)         \
  each(silu) each(softplus) each(floor) each(ceil) each(round) each(trunc)

// Those that write float32, then the comparisons, which write bool.
#define CELLGRAD_BINARY(each)                                                                                        \
  each(add) each(sub) each(mul) each(div) each(pow) each(maximum) each(minimum) each(reluBackward)                   \
  each(sigmoidBackward) each(tanhBackward) each(geluBackward) each(siluBackward)
#define CELLGRAD_COMPARISON(each) each(eq) each(ne) each(lt) each(le) each(gt) each(ge)

#define CELLGRAD_REDUCTION(each) each(sum) each(max) each(min)

namespace cellgrad {

#define CELLGRAD_ENUMERATOR(name) name,
enum class Kernel : int { CELLGRAD_KERNELS(CELLGRAD_ENUMERATOR) };
enum class Unary : int { CELLGRAD_UNARY(CELLGRAD_ENUMERATOR) };
enum class Binary : int { CELLGRAD_BINARY(CELLGRAD_ENUMERATOR) CELLGRAD_COMPARISON(CELLGRAD_ENUMERATOR) };
enum class Reduction : int { CELLGRAD_REDUCTION(CELLGRAD_ENUMERATOR) };
#undef CELLGRAD_ENUMERATOR

#define CELLGRAD_NAME(name) " " #name
constexpr const char* signature = "kernels" CELLGRAD_KERNELS(CELLGRAD_NAME) "; unary" CELLGRAD_UNARY(CELLGRAD_NAME)
    "; binary" CELLGRAD_BINARY(CELLGRAD_NAME) CELLGRAD_COMPARISON(CELLGRAD_NAME)
    "; reduction" CELLGRAD_REDUCTION(CELLGRAD_NAME);
#undef CELLGRAD_NAME

}  // namespace cellgrad
