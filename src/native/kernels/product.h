// What a matrix product is given, and what is done to it once it is finished.
#pragma once

#include "core.h"
#include "vector-math.h"

namespace {

using namespace cellgrad;

/// An activation applied to the finished product.
enum class Activation { none, relu, sigmoid, tanh };

/// C[rows, columns] = A[rows, depth] B[depth, columns]; C's columns stand next to each other.
struct Product {
  long rows, columns, depth;
  const float* a;
  long aRow, aColumn;
  const float* b;
  long bRow, bColumn;
  float* c;
  long cRow;
  bool accumulate;
};

// ---- Bias and activation on the finished product.

template <Activation Act>
INLINE Vector activate(Vector x) {
  if (Act == Activation::relu) return select(x <= 0.0f, Vector{}, x);  // NaN stays NaN
  if (Act == Activation::sigmoid) return sigmoid(x);
  if (Act == Activation::tanh) return hyperbolicTangent(x);
  return x;
}

/// c = activation(c + bias), row by row; biasStride 0 adds the same number everywhere; bias may be null.
template <Activation Act>
void finishRows(float* c, long rows, long columns, long cRow, const float* bias, long biasStride) {
  if (cRow == columns && (bias == nullptr || biasStride == 0)) {
    columns *= rows;
    rows = 1;
  }
  for (long i = 0; i < rows; i++, c += cRow) {
    for (long j = 0; j < columns; j += lanes) {
      const long count = atMost(columns - j, lanes);
      Vector x = loadFirst(c + j, count);
      if (bias != nullptr) x += biasStride == 0 ? broadcast(*bias) : loadFirst(bias + j, count);
      storeFirst(c + j, activate<Act>(x), count);
    }
  }
}

void finish(Activation activation, float* c, long rows, long columns, long cRow, const float* bias, long biasStride) {
  switch (activation) {
    case Activation::none:
      if (bias != nullptr) finishRows<Activation::none>(c, rows, columns, cRow, bias, biasStride);
      return;
    case Activation::relu: return finishRows<Activation::relu>(c, rows, columns, cRow, bias, biasStride);
    case Activation::sigmoid: return finishRows<Activation::sigmoid>(c, rows, columns, cRow, bias, biasStride);
    case Activation::tanh: return finishRows<Activation::tanh>(c, rows, columns, cRow, bias, biasStride);
  }
}

/// What is done to every row of a finished product: the bias is added, if there is one, and the activation applied.
struct Finish {
  const float* bias;
  Activation activation;

  void operator()(const Product& p, long firstColumn) const {
    finish(activation, p.c, p.rows, p.columns, p.cRow, bias == nullptr ? nullptr : bias + firstColumn, 1);
  }
};

}  // namespace
