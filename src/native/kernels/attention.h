// Scaled dot-product attention without the map: blocks of scores live in the nearest caches, and only the logarithm of the
// sum of each row is kept for the way back, which computes the scores again. (Dao et al., "FlashAttention", 2022.)
#pragma once

#include "core.h"
#include "gemm.h"
#include "packed-matrix.h"
#include "softmax.h"

namespace {

using namespace cellgrad;

/// Matrices over two batch dimensions; the elements of a row stand side by side.
struct HeadRows {
  float* data;
  long outer, inner, row;  // strides

  float* at(long o, long i, long r) const { return data + o * outer + i * inner + r * row; }
};

struct AttentionJob {
  long outer, inner, queries, keys, size, valueSize;
  bool causal;
  float scale;
  HeadRows q, k, v, out, dOut, dq, dk, dv;
  const float* mask;  // added to the scores; or null
  long maskOuter, maskInner, maskRow, maskColumn;
  float* logSums;  // [outer, inner, queries]
};

// The scratch memory: what products pack their operands in, packed keys and values, blocks of scores and their gradients.
constexpr long attentionKeys = 512;  // at a time
constexpr long attentionQueries = 64;
constexpr long causalQueries = 16;  // fewer, where each looks at one key more: what none of them sees is not computed
constexpr long attentionSize = 256;  // of a head at most; also in src/native/native-attention.ts
constexpr long packedHead = attentionKeys * attentionSize;
constexpr long scoresBlock = attentionQueries * attentionKeys;
constexpr long productSpace = blockRows / tileRows * panelSize + attentionQueries * attentionSize;
static_assert(productSpace + 3 * packedHead + 2 * scoresBlock <= gemmScratch, "fits the scratch memory");

/// How many keys of a block query `query` may look at, the block beginning at `firstKey`.
INLINE long allowedKeys(const AttentionJob& job, long query, long firstKey, long count) {
  if (!job.causal) return count;
  const long allowed = query + 1 - firstKey;
  return allowed < 0 ? 0 : atMost(allowed, count);
}

INLINE long queriesAtOnce(const AttentionJob& job) { return job.causal ? causalQueries : attentionQueries; }

/// score · scale, with the mask added.
INLINE Vector scaledScore(const AttentionJob& job, const float* mask, const float* scores, long j, long n) {
  Vector x = loadFirst(scores + j, n) * broadcast(job.scale);
  if (mask == nullptr) return x;
  if (job.maskColumn == 1) return x + loadFirst(mask + j, n);
  if (job.maskColumn == 0) return x + broadcast(*mask);
  float gathered[lanes] = {};
  for (long i = 0; i < n; i++) gathered[i] = mask[(j + i) * job.maskColumn];
  return x + load(gathered);
}

INLINE const float* maskOf(const AttentionJob& job, long o, long i, long query, long firstKey) {
  if (job.mask == nullptr) return nullptr;
  return job.mask + o * job.maskOuter + i * job.maskInner + query * job.maskRow + firstKey * job.maskColumn;
}

void attentionForwardTask(void* argument, long index, float* scratch) {
  const AttentionJob& job = *static_cast<const AttentionJob*>(argument);
  const long o = index / job.inner, i = index % job.inner;
  float* keys = scratch + productSpace;
  float* values = keys + packedHead;
  float* scores = values + packedHead;
  const bool oneBlock = job.keys <= attentionKeys;
  float* logSums = job.logSums + index * job.queries;
  PackedMatrix k = {}, v = {};
  const long step = queriesAtOnce(job);
  for (long q0 = 0; q0 < job.queries; q0 += step) {
    const long queries = atMost(job.queries - q0, step);
    double sums[attentionQueries];
    float largest[attentionQueries];
    for (long r = 0; r < queries; r++) {
      sums[r] = 0;
      largest[r] = -__builtin_inff();
    }
    for (long k0 = 0; k0 == 0 || k0 < job.keys; k0 += attentionKeys) {
      const long count = atMost(job.keys - k0, attentionKeys);
      const long reach = allowedKeys(job, q0 + queries - 1, k0, count);
      if (k0 > 0 && reach == 0) break;
      if (!oneBlock || q0 == 0) {
        k = PackedMatrix::pack(job.k.at(o, i, k0), 1, job.k.row, job.size, count, keys);
        v = PackedMatrix::pack(job.v.at(o, i, k0), job.v.row, 1, count, job.valueSize, values);
      }
      k.multiplyPart(job.q.at(o, i, q0), job.q.row, queries, job.size, reach, scores, attentionKeys, false, scratch);
      for (long r = 0; r < queries; r++) {
        float* row = scores + r * attentionKeys;
        const float* mask = maskOf(job, o, i, q0 + r, k0);
        const long allowed = allowedKeys(job, q0 + r, k0, count);
        Vector top = broadcast(-__builtin_inff());
        forEachVector(allowed, [&](long j, long n) {
          const Vector x = scaledScore(job, mask, row, j, n);
          storeFirst(row + j, x, n);
          top = maximum(top, n == lanes ? x : select(laneNumbers() < static_cast<int32_t>(n), x, broadcast(-__builtin_inff())));
        });
        const float highest = largestLane(top);
        const float most = highest > largest[r] || highest != highest ? highest : largest[r];
        float* out = job.out.at(o, i, q0 + r);
        if (k0 > 0 && most != largest[r] && sums[r] > 0) {
          // What the blocks before have summed was divided by a smaller power.
          const float before = exponential(broadcast(largest[r] - most))[0];
          sums[r] *= before;
          scaleRow(out, job.valueSize, before);
        }
        largest[r] = most;
        // A row that may look at nothing so far adds nothing.
        if (most == -__builtin_inff()) fillRun(row, 0.0f, allowed);
        else sums[r] += exponentials(row, row, allowed, most);
        if (allowed < reach) fillRun(row + allowed, 0.0f, reach - allowed);
      }
      v.multiplyPart(scores, attentionKeys, queries, reach, job.valueSize, job.out.at(o, i, q0), job.out.row, k0 > 0,
                     scratch);
    }
    for (long r = 0; r < queries; r++) {
      const bool nothing = sums[r] == 0;
      scaleRow(job.out.at(o, i, q0 + r), job.valueSize, nothing ? 0.0f : static_cast<float>(1.0 / sums[r]));
      logSums[q0 + r] = nothing ? __builtin_inff() : largest[r] + logarithmOf(sums[r]);
    }
  }
}

/// Makes of a query's scores its weights, and of the gradient of these that of the scores; 0 where it may not look.
INLINE void attentionGradientRow(const AttentionJob& job, long o, long i, long query, long firstKey, long count, float* p,
                                 float* ds) {
  const float *out = job.out.at(o, i, query), *dOut = job.dOut.at(o, i, query);
  const Vector mean = broadcast(static_cast<float>(sumOverRow(
      job.valueSize, [&](long j, long n) { return loadFirst(out + j, n) * loadFirst(dOut + j, n); })));
  const Vector logSum = broadcast(job.logSums[(o * job.inner + i) * job.queries + query]), scale = broadcast(job.scale);
  const float* mask = maskOf(job, o, i, query, firstKey);
  const long allowed = allowedKeys(job, query, firstKey, count);
  forEachVector(allowed, [&](long j, long n) {
    const Vector weight = exponential(scaledScore(job, mask, p, j, n) - logSum);
    storeFirst(p + j, weight, n);
    storeFirst(ds + j, weight * (loadFirst(ds + j, n) - mean) * scale, n);
  });
  if (allowed == count) return;
  fillRun(p + allowed, 0.0f, count - allowed);
  fillRun(ds + allowed, 0.0f, count - allowed);
}

void attentionBackwardTask(void* argument, long index, float* scratch) {
  const AttentionJob& job = *static_cast<const AttentionJob*>(argument);
  const long o = index / job.inner, i = index % job.inner;
  float* keys = scratch + productSpace;
  float* keyRows = keys + packedHead;
  float* values = keyRows + packedHead;
  float* weights = values + packedHead;
  float* gradients = weights + scoresBlock;
  for (long k0 = 0; k0 < job.keys; k0 += attentionKeys) {
    const long count = atMost(job.keys - k0, attentionKeys);
    const PackedMatrix k = PackedMatrix::pack(job.k.at(o, i, k0), 1, job.k.row, job.size, count, keys);
    const PackedMatrix kRows = PackedMatrix::pack(job.k.at(o, i, k0), job.k.row, 1, count, job.size, keyRows);
    const PackedMatrix v = PackedMatrix::pack(job.v.at(o, i, k0), 1, job.v.row, job.valueSize, count, values);
    for (long q0 = 0; q0 < job.queries; q0 += attentionQueries) {
      const long queries = atMost(job.queries - q0, attentionQueries);
      for (long r = 0; r < queries; r += queriesAtOnce(job)) {
        const long few = atMost(queries - r, queriesAtOnce(job));
        float *w = weights + r * attentionKeys, *ds = gradients + r * attentionKeys;
        const long reach = allowedKeys(job, q0 + r + few - 1, k0, count);
        k.multiplyPart(job.q.at(o, i, q0 + r), job.q.row, few, job.size, reach, w, attentionKeys, false, scratch);
        v.multiplyPart(job.dOut.at(o, i, q0 + r), job.dOut.row, few, job.valueSize, reach, ds, attentionKeys, false,
                       scratch);
        for (long n = 0; n < few; n++) {
          attentionGradientRow(job, o, i, q0 + r + n, k0, count, w + n * attentionKeys, ds + n * attentionKeys);
        }
        kRows.multiplyPart(ds, attentionKeys, few, reach, job.size, job.dq.at(o, i, q0 + r), job.dq.row, k0 > 0, scratch);
      }
      // Keys that only later queries see skip the earlier ones.
      const long keysAtOnce = job.causal ? causalQueries : count;
      for (long j = 0; j < count; j += keysAtOnce) {
        const long few = atMost(count - j, keysAtOnce);
        const long first = job.causal && k0 + j > q0 ? atMost(k0 + j - q0, queries) : 0;
        const long at = first * attentionKeys + j, depth = queries - first;
        multiply({few, job.size, depth, gradients + at, 1, attentionKeys, job.q.at(o, i, q0 + first), job.q.row, 1,
                  job.dk.at(o, i, k0 + j), job.dk.row, q0 > 0}, false, scratch);
        multiply({few, job.valueSize, depth, weights + at, 1, attentionKeys, job.dOut.at(o, i, q0 + first),
                  job.dOut.row, 1, job.dv.at(o, i, k0 + j), job.dv.row, q0 > 0}, false, scratch);
      }
    }
  }
}

HeadRows headRows(const Descriptor& call, int number, int firstInt) {
  return {call.floats(number), call.ints[firstInt], call.ints[firstInt + 1], call.ints[firstInt + 2]};
}

/// ints: outer, inner, queries, keys, size, valueSize, causal, the mask's strides, then three strides for each matrix;
/// numbers: q, k, v, out, log sums, mask (0 for none), scale.
AttentionJob attentionJob(const Descriptor& call) {
  const int32_t* n = call.ints;
  AttentionJob job = {};
  job.outer = n[1];
  job.inner = n[2];
  job.queries = n[3];
  job.keys = n[4];
  job.size = n[5];
  job.valueSize = n[6];
  job.causal = n[7] != 0;
  job.maskOuter = n[8];
  job.maskInner = n[9];
  job.maskRow = n[10];
  job.maskColumn = n[11];
  job.q = headRows(call, 0, 12);
  job.k = headRows(call, 1, 15);
  job.v = headRows(call, 2, 18);
  job.out = headRows(call, 3, 21);
  job.logSums = call.floats(4);
  job.mask = call.numbers[5] == 0 ? nullptr : call.floats(5);
  job.scale = static_cast<float>(call.numbers[6]);
  return job;
}

void callAttention(const Descriptor& call) {
  AttentionJob job = attentionJob(call);
  if (job.queries == 0) return;
  runTasks(job.outer * job.inner, attentionForwardTask, &job);
}

/// numbers from 7 on: dOut, dq, dk, dv.
void callAttentionBackward(const Descriptor& call) {
  AttentionJob job = attentionJob(call);
  job.dOut = headRows(call, 7, 24);
  job.dq = headRows(call, 8, 27);
  job.dk = headRows(call, 9, 30);
  job.dv = headRows(call, 10, 33);
  runTasks(job.outer * job.inner, attentionBackwardTask, &job);
}

}  // namespace
