// Numbers that several threads read and write, for builds without the C++ standard library.
#pragma once

namespace cellgrad {

template <class Number>
class Atomic {
 public:
  constexpr Atomic(Number value) : value_(value) {}

  Number load() const { return __atomic_load_n(&value_, __ATOMIC_SEQ_CST); }
  Number loadAcquire() const { return __atomic_load_n(&value_, __ATOMIC_ACQUIRE); }
  Number loadRelaxed() const { return __atomic_load_n(&value_, __ATOMIC_RELAXED); }
  void store(Number value) { __atomic_store_n(&value_, value, __ATOMIC_SEQ_CST); }
  void storeRelease(Number value) { __atomic_store_n(&value_, value, __ATOMIC_RELEASE); }
  void storeRelaxed(Number value) { __atomic_store_n(&value_, value, __ATOMIC_RELAXED); }
  Number exchange(Number value) { return __atomic_exchange_n(&value_, value, __ATOMIC_SEQ_CST); }
  Number add(Number value) { return __atomic_fetch_add(&value_, value, __ATOMIC_SEQ_CST); }
  /// Replaces `expected` by `value`; otherwise false, with what is there in `expected`.
  bool replace(Number& expected, Number value) {
    return __atomic_compare_exchange_n(&value_, &expected, value, true, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
  }

  /// Where it stands, for sleeping on it.
  Number* address() { return &value_; }

 private:
  Number value_;
};

}  // namespace cellgrad
