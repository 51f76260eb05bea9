// Callable: a move-only function with room for a coroutine handle, so that most events need no
// allocation.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace spokelab::sim {

/// Called at most once. Empty after a move and by default.
class Callable {
 public:
  Callable() noexcept = default;
  template <class F>
  requires(!std::is_same_v<std::decay_t<F>, Callable>) Callable(F&& function) {
    using Stored = std::decay_t<F>;
    if constexpr (sizeof(Stored) <= kInline && alignof(Stored) <= alignof(std::max_align_t) &&
                  std::is_nothrow_move_constructible_v<Stored>) {
      new (&room_) Stored(std::forward<F>(function));
      ops_ = &kInlineOps<Stored>;
    } else {
      *reinterpret_cast<Stored**>(&room_) = new Stored(std::forward<F>(function));
      ops_ = &kHeapOps<Stored>;
    }
  }
  Callable(Callable&& other) noexcept { take(other); }
  Callable& operator=(Callable&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~Callable() { reset(); }
  explicit operator bool() const noexcept { return ops_ != nullptr; }
  void operator()() { ops_->call(&room_); }
  void reset() noexcept {
    if (ops_ != nullptr) std::exchange(ops_, nullptr)->destroy(&room_);
  }

 private:
  static constexpr std::size_t kInline = 64;
  struct Ops {
    void (*call)(void*);
    void (*move)(void* from, void* to) noexcept;
    void (*destroy)(void*) noexcept;
  };
  template <class F>
  static constexpr Ops kInlineOps{[](void* at) { (*static_cast<F*>(at))(); },
                                  [](void* from, void* to) noexcept {
                                    new (to) F(std::move(*static_cast<F*>(from)));
                                    static_cast<F*>(from)->~F();
                                  },
                                  [](void* at) noexcept { static_cast<F*>(at)->~F(); }};
  template <class F>
  static constexpr Ops kHeapOps{
      [](void* at) { (**static_cast<F**>(at))(); },
      [](void* from, void* to) noexcept { *static_cast<F**>(to) = *static_cast<F**>(from); },
      [](void* at) noexcept { delete *static_cast<F**>(at); }};

  void take(Callable& other) noexcept {
    ops_ = std::exchange(other.ops_, nullptr);
    if (ops_ != nullptr) ops_->move(&other.room_, &room_);
  }

  alignas(std::max_align_t) std::byte room_[kInline];
  const Ops* ops_ = nullptr;
};

}  // namespace spokelab::sim
